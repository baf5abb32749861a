"""Calls that go to the books run in threads of their own, so that slow books never keep a page of the hub waiting."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

P = ParamSpec("P")
T = TypeVar("T")
AT_ONCE = 12
"""Calls of one process that wait for others than its database; more of them wait for their turn, and hold no thread.

All other calls share the 40 threads that Starlette has.
"""
_limiter: RunVar[CapacityLimiter] = RunVar("hub_books")


def asks_books(endpoint: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The endpoint of a page or a REST call, run in a thread of those for the books."""

    @wraps(endpoint)
    async def call(*args: P.args, **given: P.kwargs) -> T:
        return await to_thread.run_sync(partial(endpoint, *args, **given), limiter=_books())

    return call


def _books() -> CapacityLimiter:
    """The limiter of the event loop that runs."""
    found = _limiter.get(None)
    if found is None:
        found = CapacityLimiter(AT_ONCE)
        _limiter.set(found)
    return found
