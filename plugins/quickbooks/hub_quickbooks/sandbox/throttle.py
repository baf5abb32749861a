"""The real rate limits (facts §6) in sliding windows, their times divided by the speed; a refused call counts nowhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

MINUTE, SECOND = 60.0, 1.0
AT_ONCE = 10


class _Window:
    """At most so many in so many seconds."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self._seconds = seconds
        self._times: deque[float] = deque()

    def full(self, now: float) -> bool:
        """Whether one more is too many."""
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        return len(self._times) >= self.most

    def add(self, now: float) -> None:
        """Count one."""
        self._times.append(now)


class Throttle:
    """One company's limits; there is one application here, so those for each application are the company's too."""

    def __init__(self, speed: float) -> None:
        minute, second = MINUTE / speed, SECOND / speed
        self._all = [_Window(500, minute), _Window(10, second)]
        self._batches = [_Window(40, minute)]
        self._inside = 0
        self.admitted = 0
        self.refused = 0

    def admit(self, now: float, *, batch: bool) -> bool:
        """Whether a call may go on; one that may not has done nothing."""
        windows = self._all + (self._batches if batch else [])
        if self._inside >= AT_ONCE or any(window.full(now) for window in windows):
            self.refused += 1
            return False
        for window in windows:
            window.add(now)
        self.admitted += 1
        return True

    @contextmanager
    def inside(self) -> Iterator[None]:
        """A call on its way."""
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
