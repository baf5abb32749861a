"""What a database complains of becomes one sentence; a column's name is not taken for a complaint."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError

from hub.errors import StoreUnreachable
from hub.store.complaints import explain


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


class Complaint(Exception):
    """What psycopg raises: words, and the server's code for them."""

    def __init__(self, said: str, sqlstate: str | None) -> None:
        super().__init__(said)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("said", "sqlstate", "code", "passes"),
    [
        ("terminating connection due to administrator command", "57P01", "connection_lost", True),
        ("terminating connection due to idle-in-transaction timeout", "25P03", "connection_lost", True),
        ("canceling statement due to lock timeout", "55P03", "busy", True),
        ("the connection is lost", None, "connection_lost", True),
        ("FATAL: the database system is starting up", "57P03", "cannot_connect", True),
        ('connection failed: connection to server at "::1" failed: Connection refused', None, "cannot_connect", True),
        ("FATAL: sorry, too many clients already", "53300", "busy", True),
        ('connection failed: FATAL: password authentication failed for user "x"', None, "cannot_log_in", False),
        ('connection failed: FATAL:  database "nowhere" does not exist', None, "cannot_open", False),
        ('relation "records" does not exist', "42P01", "not_a_hub", False),
        ("could not extend file: No space left on device", "53100", "disk_full", False),
        ("permission denied for table records", "42501", "read_only", False),
        ("something nobody foresaw", "XX000", "database_error", False),
    ],
)
def test_a_complaint_of_postgresql_is_told_under_its_own_code(
    said: str, sqlstate: str | None, code: str, passes: bool
) -> None:
    problem = explain(DBAPIError("", {}, Complaint(said, sqlstate)), "hub at db.example.com")
    assert (problem.code, isinstance(problem, StoreUnreachable)) == (code, passes)
    assert problem.fix
