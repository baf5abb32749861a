"""Resident memory of this process while something runs."""

from __future__ import annotations

import resource
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_STATM = Path("/proc/self/statm")


def resident_mb() -> float:
    """Resident megabytes now; where the system does not tell, the most there ever were."""
    if _STATM.exists():
        return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Peak:
    """The highest resident memory between entering and leaving, looked at ten times a second."""

    def __enter__(self) -> Self:
        self.mb = resident_mb()
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.mb = max(self.mb, resident_mb())

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._done.set()
        self._watcher.join()
        self.mb = max(self.mb, resident_mb())
