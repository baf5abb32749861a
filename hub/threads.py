"""Calls that wait for others run in threads of their own, so that slow books never keep a page of the hub waiting."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

Endpoint = Callable[..., Any]
AT_ONCE = 12
"""Calls of one process that wait for others than its database; more of them wait for their turn, and hold no thread.

All other calls share the 40 threads that Starlette has.
"""
PASSWORDS_AT_ONCE = 4
"""Passwords that are checked at a time, as many as `hub.access.users` lets through: none waits there in a thread."""
_MARK = "hub_threads"


class Threads:
    """Marks the endpoints of pages and REST calls that run in these threads, `at_once` of them at a time."""

    def __init__(self, name: str, at_once: int) -> None:
        self._at_once = at_once
        self._limiter: RunVar[CapacityLimiter] = RunVar(f"hub_threads_{name}")

    def __call__(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint, always run in one of them."""
        return self.when(lambda **_: True)(endpoint)

    def when(self, needed: Callable[..., bool]) -> Callable[[Endpoint], Endpoint]:
        """The same for an endpoint that needs them only for some of what it is `given`; else any thread will do."""

        def mark(endpoint: Endpoint) -> Endpoint:
            @wraps(endpoint)
            async def call(**given: Any) -> Any:
                limiter = self._of_this_loop() if needed(**given) else None
                return await to_thread.run_sync(partial(endpoint, **given), limiter=limiter)

            vars(call)[_MARK] = mark
            return call

        return mark

    def _of_this_loop(self) -> CapacityLimiter:
        found = self._limiter.get(None)
        if found is None:
            found = CapacityLimiter(self._at_once)
            self._limiter.set(found)
        return found


asks_books = Threads("books", AT_ONCE)
checks_password = Threads("passwords", PASSWORDS_AT_ONCE)


def wrapped(endpoint: Endpoint, wrap: Callable[[Endpoint], Endpoint]) -> Endpoint:
    """The endpoint with more round it, which runs in the thread of a marked one, not on the event loop."""
    mark: Callable[[Endpoint], Callable[..., Coroutine[Any, Any, Any]]] | None = vars(endpoint).get(_MARK)
    return wrap(endpoint) if mark is None else mark(wrap(vars(endpoint)["__wrapped__"]))
