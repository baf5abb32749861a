"""One contract for both dispatchers: every job that waits is brought to a worker, however badly it was announced."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from hub.dispatch import Work, dispatcher_for
from hub.errors import HubError
from hub.store import Database, migrate
from hub.store.tables import companies
from tests.stores import Store


class Board:
    """The jobs that wait, as a dispatcher is shown them, and what it did with them."""

    def __init__(self, database: Database, **given: Any) -> None:
        self.database, self.dispatcher = database, dispatcher_for(database)
        self.waiting: set[int] = set()
        self.started: list[int] = []
        self.busy = self.most = 0
        self.gate = threading.Event()
        self.gate.set()
        self.away = False
        self.troubles: list[HubError] = []
        self._lock = threading.Lock()
        self._given: dict[str, Any] = {"workers": 2, "lease": 60, "pause": 0.05, **given}

    def create(self, *jobs: int, announced: int = 1) -> None:
        with self.database.write("acme") as db:
            for job in jobs:
                for _ in range(announced):
                    self.dispatcher.announce(db, job)
        self.waiting |= {*jobs}

    def look(self) -> list[int] | None:
        return None if self.away else sorted(self.waiting)

    def run(self, job: int) -> None:
        with self._lock:
            if job not in self.waiting:  # as the lease has it
                return
            self.waiting.discard(job)
            self.started.append(job)
            self.busy += 1
            self.most = max(self.most, self.busy)
        self.gate.wait(20)
        with self._lock:
            self.busy -= 1

    @contextmanager
    def working(self) -> Iterator[threading.Event]:
        """A worker, for as long as this lasts; with it, what stops it."""
        work = Work(look=self.look, run=self.run, trouble=self.troubles.append, **self._given)
        stop = threading.Event()
        worker = threading.Thread(target=self.dispatcher.run, args=(work, stop), daemon=True)
        worker.start()
        try:
            yield stop
        finally:
            stop.set()
            self.gate.set()
            worker.join(20)
        assert not worker.is_alive()


@pytest.fixture
def open_board(store: Store, tmp_path: Path) -> Iterator[Callable[..., Board]]:
    opened: list[Database] = []

    def open_board(**given: Any) -> Board:
        opened.append(Database(store.url(tmp_path)))
        migrate(opened[-1])
        return Board(opened[-1], **given)

    yield open_board
    for database in opened:
        database.close()


@pytest.fixture
def board(open_board: Callable[..., Board]) -> Board:
    return open_board()


def wait_for(done: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (result := done()) and time.monotonic() < end:
        time.sleep(0.01)
    return result


def tasks_left(database: Database) -> int:
    with database.read() as db:
        left: int = db.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one()
        return left


def test_every_job_that_is_created_is_brought_to_a_worker(board: Board) -> None:
    with board.working():
        board.create(1, 2)
        assert wait_for(lambda: sorted(board.started) == [1, 2])
        board.create(3)
        assert wait_for(lambda: board.started[2:] == [3])
    assert board.troubles == []


def test_a_job_created_while_no_worker_runs_waits_for_one(board: Board) -> None:
    board.create(1)
    with board.working():
        assert wait_for(lambda: board.started == [1])


def test_nobody_hears_of_a_job_whose_creation_was_rolled_back(board: Board) -> None:
    with board.working():
        with pytest.raises(RuntimeError), board.database.write("acme") as db:
            board.dispatcher.announce(db, 1)
            raise RuntimeError
        board.create(2)
        assert wait_for(lambda: board.started == [2])
    with board.database.read() as db:
        assert db.execute(select(companies)).all() == []


def test_J6_a_job_that_was_never_announced_is_found(board: Board) -> None:
    board.create(1, announced=0)
    with board.working():
        assert wait_for(lambda: board.started == [1])
        board.create(2, announced=0)
        assert wait_for(lambda: board.started == [1, 2])


def test_J6_a_job_that_was_announced_twice_and_one_that_is_over_do_no_harm(board: Board) -> None:
    board.create(1, announced=3)
    with board.database.write("acme") as db:
        board.dispatcher.announce(db, 77)
    with board.working():
        board.create(2)
        assert wait_for(lambda: sorted(board.started) == [1, 2])
    assert board.troubles == []


def test_J1_jobs_run_side_by_side_as_many_as_are_wanted(board: Board) -> None:
    board.gate.clear()
    board.create(*range(1, 7))
    with board.working():
        assert wait_for(lambda: board.busy == 2)
        time.sleep(0.3)
        assert len(board.started) == 2
        board.gate.set()
        assert wait_for(lambda: len(board.started) == 6)
    assert board.most == 2


def test_a_worker_that_is_stopped_finishes_what_is_at_hand_and_takes_nothing_more(board: Board) -> None:
    board.gate.clear()
    board.create(*range(1, 7))
    with board.working() as stop:
        assert wait_for(lambda: board.busy == 2)
        stop.set()
        time.sleep(0.3)
        assert board.busy == 2
        board.gate.set()
    assert (len(board.started), board.busy) == (2, 0)
    with board.working():  # what it left is another one's
        assert wait_for(lambda: not board.waiting)


def test_a_database_that_is_away_for_a_while_does_not_end_the_worker(board: Board) -> None:
    board.away = True
    with board.working():
        board.create(1)
        time.sleep(0.2)
        board.away = False
        assert wait_for(lambda: board.started == [1])
