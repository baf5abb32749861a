"""An extension that notes when each write to the books began and ended, and in which process."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Sequence
from typing import Any

from hub.adapters import hookimpl


class Witness:
    """Notes are whole lines, written at once: lines of several processes never mix, and a killed process's stay."""

    def __init__(self) -> None:
        self._file = os.open(os.environ["WITNESS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def _note(self, what: str, requests: Sequence[Any]) -> None:
        keys = " ".join(request.key for request in requests)
        os.write(self._file, f"{what} {os.getpid()} {time.monotonic_ns()} {keys}\n".encode())

    def _watch(self, requests: Sequence[Any]) -> Generator[None, Any, Any]:
        self._note("begin", requests)
        try:
            return (yield)
        finally:
            self._note("end", requests)

    @hookimpl(wrapper=True)
    def hub_create(self, requests: Sequence[Any]) -> Generator[None, Any, Any]:
        return (yield from self._watch(requests))

    @hookimpl(wrapper=True)
    def hub_update(self, requests: Sequence[Any]) -> Generator[None, Any, Any]:
        return (yield from self._watch(requests))
