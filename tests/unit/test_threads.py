"""Which thread a marked endpoint runs in, and what is wrapped round it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from fastapi.routing import APIRoute

from hub.api.routing import Routes
from hub.threads import Threads, asks_books


class Telling(set[str]):
    """A set that tells in which thread it is written out."""

    def __init__(self) -> None:
        super().__init__({"x"})
        self.written_in: list[threading.Thread] = []

    def __iter__(self) -> Iterator[str]:
        self.written_in.append(threading.current_thread())
        return super().__iter__()


def plain(found: Any) -> dict[str, Any]:
    return {"found": found}


@pytest.mark.parametrize("endpoint", [asks_books(plain), asks_books.when(lambda found: False)(plain)])
def test_an_answer_is_written_in_the_thread_that_asked_and_not_on_the_event_loop(endpoint: Any) -> None:
    routes, found = Routes("test"), Telling()
    routes.get("/x")(endpoint)
    (route,) = routes.routes
    assert isinstance(route, APIRoute)

    async def call() -> Any:
        return await route.endpoint(found=found)

    answer = anyio.run(call)
    assert answer.body == b'{"found":["x"]}'
    assert found.written_in
    assert threading.main_thread() not in found.written_in


def test_only_what_needs_such_a_thread_takes_its_turn() -> None:
    mine, at_once, most, lock = Threads("test", 2), 0, 0, threading.Lock()
    all_in = threading.Barrier(5)

    def work(slow: bool) -> None:
        nonlocal at_once, most
        if not slow:
            all_in.wait(10)  # all five run at the same time, or this breaks
            return
        with lock:
            at_once += 1
            most = max(most, at_once)
        threading.Event().wait(0.02)
        with lock:
            at_once -= 1

    marked = mine.when(lambda slow: slow)(work)

    async def call() -> None:
        async with anyio.create_task_group() as group:
            for at in range(11):
                group.start_soon(lambda slow: marked(slow=slow), at >= 5)

    anyio.run(call)
    assert most == 2
