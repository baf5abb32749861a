"""What a database complains of becomes one sentence; a column's name is not taken for a complaint."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError

from hub.store.database import explain


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("database or disk is full", "disk_full"),
        ("database is locked", "busy"),
        ("database table is locked", "busy"),
        ("attempt to write a readonly database", "read_only"),
        ("unable to open database file", "cannot_open"),
        ("file is not a database", "not_a_database"),
        ("database disk image is malformed", "damaged"),
        ("no such table: records", "not_a_hub"),
        ("NOT NULL constraint failed: records.fully_recorded", "database_error"),
        ("NOT NULL constraint failed: jobs.locked", "database_error"),
    ],
)
def test_a_complaint_of_the_database_is_told_under_its_own_code(said: str, code: str) -> None:
    problem = explain(DBAPIError("", {}, sqlite3.OperationalError(said)), "hub.db")
    assert problem.code == code
    assert problem.fix
