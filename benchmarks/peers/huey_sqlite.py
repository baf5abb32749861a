"""Huey on SQLite: WAL, synchronous=FULL. A task leaves the file, with a commit of its own, before it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

NAME = "Huey, SQLite"
NEEDS = "huey"
HOW = "one commit each to enqueue and to take; acknowledged before it runs"


def _queue(where: str) -> tuple[Any, Any]:
    from huey import SqliteHuey

    queue = SqliteHuey("bench", filename=where, fsync=True, results=False, utc=True)

    @queue.task(name="nothing")
    def nothing(text: str) -> None:
        pass

    return queue, nothing


def prepare(where: str) -> None:
    """The file makes itself."""
    _queue(where)


def enqueue(where: str, texts: Iterable[str]) -> None:
    """Huey knows no batches."""
    queue, nothing = _queue(where)
    for text in texts:
        queue.enqueue(nothing.s(text))


def work(where: str, go: Callable[[], None]) -> None:
    """What a consumer's worker does, without its pauses."""
    queue, _ = _queue(where)
    go()
    while task := queue.dequeue():
        queue.execute(task)


def left(where: str) -> int:
    """Tasks in the file."""
    return int(_queue(where)[0].pending_count())
