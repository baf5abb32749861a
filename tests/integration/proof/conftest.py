"""A synced scratch hub, and somebody with raw access to its database who writes the history anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from hub.store.history import HISTORY
from hub.testing.scratch import Scratch
from tests.integration.proof.statements import Statement, assert_sums


@pytest.fixture
def synced(scratch: Scratch) -> Scratch:
    """Customer C1, item I1 and ship doc S1 are in the books, and the queue is empty."""
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    assert scratch.sync()["state"] == "completed"
    return scratch


class Intruder:
    """Writes to the database behind the hub's back, after taking away what guards the history there."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._database = scratch.hub.database

    def __call__(self, sql: str, **values: Any) -> int:
        with self._database.engine.connect() as db, db.execution_options(hub_write=True).begin():
            if self._database.is_sqlite:
                for table in HISTORY:
                    db.execute(text(f"DROP TRIGGER IF EXISTS {table.name}_keeps_update"))
                    db.execute(text(f"DROP TRIGGER IF EXISTS {table.name}_keeps_delete"))
            else:
                db.execute(text("SET LOCAL session_replication_role = replica"))
            return db.execute(text(sql), values).rowcount

    def value(self, sql: str) -> Any:
        with self._database.read() as db:
            return db.execute(text(sql)).scalar()


@pytest.fixture
def tamper(scratch: Scratch) -> Intruder:
    """`tamper(sql)`: one statement, behind the hub's back."""
    return Intruder(scratch)


@pytest.fixture
def breaks(scratch: Scratch) -> Callable[..., list[tuple[str, Any, Any]]]:
    """(kind, entry, record) of everything `verify` finds wrong."""

    def breaks(head: str | None = None) -> list[tuple[str, Any, Any]]:
        report = scratch.hub.verify(scratch.company, head=head)
        assert report["whole"] is (report["breaks"] == [])
        assert report["total_breaks"] == len(report["breaks"])
        assert all(each["message"].endswith(".") for each in report["breaks"])
        return [
            (
                each["kind"],
                each["entry"] and each["entry"]["table"],
                each["record"] and (each["record"]["type"], each["record"]["source_id"]),
            )
            for each in report["breaks"]
        ]

    return breaks


@pytest.fixture
def statement(scratch: Scratch) -> Statement:
    """The statement, checked for what must hold of every one."""

    def statement(of: Scratch = scratch, **period: Any) -> dict[str, Any]:
        made = of.hub.reconcile(of.connection, **period)
        assert made["adds_up"]
        assert_sums(made)
        assert all(each["reason"] for each in made["items"])
        assert all(each["fix"] for each in made["items"] if each["bucket"] != "excluded")
        return made

    return statement
