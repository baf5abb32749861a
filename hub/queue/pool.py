"""Calls to the books fly side by side while their owner goes on: in threads, or in whatever stands in for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

Answer = TypeVar("Answer")


class Pool(Protocol):
    """Makes calls for its owner. Leaving it waits for those that still fly."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None, /
    ) -> bool | None: ...

    def submit(self, call: Callable[..., Answer], /, *args: Any) -> Future[Answer]:
        """Start a call."""

    def wait(self, flying: Iterable[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Those of the calls that are done, as soon as one is; none when that takes longer than so many seconds."""


class Threads(ThreadPoolExecutor):
    """A pool of so many threads of that name."""

    def wait(self, flying: Iterable[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Those of the calls that are done, as soon as one is; none when that takes longer than so many seconds."""
        return wait(flying, timeout=timeout, return_when=FIRST_COMPLETED).done
