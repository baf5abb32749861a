"""The books' file survives threads, processes, kills and a bad disk: each batch is there as a whole or not at all."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.adapters import Applied, Unknown, Waiting
from hub.errors import BooksProblem

CHILD = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from hub.adapters import AdapterContext, Request
from hub.model import Operation, RecordType, parse_record
from hub_mock import MockAdapter
def now(): return datetime.now(UTC)
folder, who, batches = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
adapter = MockAdapter(AdapterContext(connection="acme-trading/mock", settings=MockAdapter.info.settings(),
                                     data_dir=folder, now=now, sleep=time.sleep))
for batch in range(batches):
    requests = []
    for at in range(10):
        name = f"{who}-{batch}-{at}"
        record = parse_record(RecordType.CUSTOMER, {"name": name})
        requests.append(Request(operation=Operation.CREATE, type=RecordType.CUSTOMER, posts_as="customer",
            source_id=name, record=record, key=name, marker=name, deadline=now() + timedelta(seconds=60)))
    print(*[outcome.remote_id for outcome in adapter.hub_create(requests=requests)], flush=True)
"""


def child(folder, who, batches, **env):
    command = [sys.executable, "-c", CHILD, str(folder), who, str(batches)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | env)


def count(books):
    return books.adapter.books.page("type = ?", ["customer"], 0, 1)[1]


def test_identity_is_made_once_and_kept_in_the_file(connect):
    identity = connect().relay.check()
    assert identity.name == "Acme Trading (mock)"
    assert connect(company_id="other").relay.check() == identity
    assert connect(company_name="New Name").relay.check().id == identity.id
    assert connect(company_name="New Name").relay.check().name == "New Name"


def test_the_file_lies_in_the_data_folder_or_where_it_is_told(connect, tmp_path):
    connect().relay.check()
    assert (tmp_path / "data" / "books-acme-trading--mock.db").exists()
    connect(file=str(tmp_path / "else" / "x.db"), company_id="42").relay.check()
    assert connect(file=str(tmp_path / "else" / "x.db")).relay.check().id == "42"


def test_threads_push_at_once_and_nothing_is_lost_or_doubled(books):
    batches = [[books.customer(f"{who}-{at}") for at in range(10)] for who in range(16)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = [outcome for batch in pool.map(books.relay.push, batches) for outcome in batch]
    assert len({outcome.remote_id for outcome in outcomes if isinstance(outcome, Applied)}) == 160
    assert count(books) == 160


def test_threads_that_send_one_key_at_once_make_one_object(books):
    request = books.invoice(books.done(books.customer("A")).remote_id)
    start = threading.Barrier(4)

    def send(_):
        start.wait()
        return books.done(request).remote_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(4)))) == 1


def test_two_processes_push_at_once_and_share_the_new_file(connect, tmp_path):
    children = [child(tmp_path / "data", who, 10) for who in ("one", "two")]
    ids = [word for process in children for word in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in children] == [0, 0]
    assert len(set(ids)) == 200
    assert count(connect()) == 200


@pytest.mark.parametrize(("point", "there"), [("mock-before-commit:2", 10), ("mock-after-commit:2", 20)])
def test_a_kill_leaves_whole_batches(connect, tmp_path, point, there):
    process = child(tmp_path / "data", "one", 3, HUB_KILL_AT=point)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert count(connect()) == there


def test_books_locked_by_another_process_are_waited_for_then_named(connect, tmp_path):
    books = connect(call_timeout="0.05")
    books.done(books.customer("A"))
    other = sqlite3.connect(tmp_path / "data" / "books-acme-trading--mock.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    (outcome,) = books.push(books.customer("B"))
    assert isinstance(outcome, Waiting)
    other.execute("ROLLBACK")
    other.close()
    books.done(books.customer("B"))


def test_a_damaged_file_is_one_plain_sentence(connect, tmp_path):
    (tmp_path / "bad.db").write_bytes(b"this is no database at all" * 100)
    books = connect(file=str(tmp_path / "bad.db"))
    with pytest.raises(BooksProblem, match=r"bad\.db cannot be used"):
        books.relay.check()
    with pytest.raises(BooksProblem):
        books.adapter.hub_create(requests=[books.customer("A")])


def test_a_folder_that_cannot_be_made_is_one_plain_sentence(connect, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BooksProblem, match="cannot be used"):
        connect(file=str(tmp_path / "file" / "books.db")).relay.check()


def test_books_of_a_newer_release_are_left_alone(connect, tmp_path):
    connect().relay.check()
    with sqlite3.connect(tmp_path / "data" / "books-acme-trading--mock.db") as file:
        file.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    file.close()
    with pytest.raises(BooksProblem, match="newer release"):
        connect().relay.check()


def test_a_full_disk_undoes_the_batch_and_the_books_go_on_when_there_is_room(books):
    books.done(books.customer("A"))
    with books.adapter.books._reading() as file:
        (pages,) = file.execute("PRAGMA page_count").fetchone()
        file.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(BooksProblem, match="full"):
        books.adapter.hub_create(requests=[books.customer(f"C{at}", notes="x" * 4000) for at in range(50)])
    with books.adapter.books._reading() as file:
        file.execute("PRAGMA max_page_count = 1000000")
    assert count(books) == 1
    books.done(books.customer("B"))


def test_a_commit_that_fails_is_unknown(books, monkeypatch):
    books.done(books.customer("A"))
    real = books.adapter.books._open()

    class Failing:
        def __getattr__(self, name):
            return getattr(real, name)

        def execute(self, statement, *values):
            if statement == "COMMIT":
                raise sqlite3.OperationalError("disk I/O error")
            return real.execute(statement, *values)

    monkeypatch.setattr(books.adapter.books, "_opened", Failing())
    assert [type(outcome) for outcome in books.push(books.customer("B"))] == [Unknown]
    monkeypatch.undo()
    assert count(books) == 1
