"""What a database complains of, as one sentence with what to do; nothing of the failed transaction was kept."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.errors import StoreProblem, StoreUnreachable


def explain(fault: SQLAlchemyError, where: str) -> StoreProblem:
    """The problem to raise in place of a fault of the database driver; `where` names the database for people."""
    if isinstance(fault, PoolTimeout):
        return StoreUnreachable(
            f"No connection to the database {where} came free in time.", code="busy", fix="Try again in a moment."
        )
    said = " ".join(str(getattr(fault, "orig", None) or fault).split())
    sqlstate = getattr(getattr(fault, "orig", None), "sqlstate", None) or ""
    details = {"database": said, **({"sqlstate": sqlstate} if sqlstate else {})}
    if _broken(fault, sqlstate, said):
        return StoreUnreachable(
            f"The connection to the database {where} broke; nothing of this step was kept.",
            code="connection_lost",
            fix="Try again once it is back.",
            details=details,
        )
    for words, code, message, fix in _LASTING:
        if words in said.lower() or words == sqlstate.lower():
            return StoreProblem(message.format(where=where) + ".", code=code, fix=fix, details=details)
    for words, passing, message, fix in _PASSING:
        if words in said.lower() or words == sqlstate.lower():
            return StoreUnreachable(message.format(where=where) + ".", code=passing, fix=fix, details=details)
    return StoreProblem(
        f"The database {where} reported: {said}.", code="database_error", fix="Check the database and try again."
    )


def unsure(problem: StoreUnreachable, where: str) -> StoreUnreachable:
    """The same problem, met by the commit itself: the step may have been kept all the same."""
    return StoreUnreachable(
        f"The connection to the database {where} broke while this step was saved; whether it was kept is not known.",
        code="commit_unsure",
        fix="Look once the database is back, and repeat the step if it is not there.",
        details=problem.details,
    )


def _broken(fault: SQLAlchemyError, sqlstate: str, said: str) -> bool:
    """Whether an open connection went away: the server was stopped, killed, or cut off."""
    if not isinstance(fault, DBAPIError):
        return False
    return sqlstate in _GONE or (fault.connection_invalidated and not sqlstate) or "connection is lost" in said


_GONE = ("57P01", "57P02", "08000", "08003", "08006", "25P03", "25P04")
"""PostgreSQL's own codes for it: https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_LASTING = (
    (
        "is full",
        "disk_full",
        "The disk of {where} is full; nothing of this step was kept",
        "Free some space, then repeat.",
    ),
    (
        "53100",
        "disk_full",
        "The disk of {where} is full; nothing of this step was kept",
        "Free some space, then repeat.",
    ),
    ("readonly", "read_only", "The database {where} may not be written to", "Give write access to it and its folder."),
    ("25006", "read_only", "The database {where} may not be written to", "Name the primary server, not a copy of it."),
    (
        "42501",
        "read_only",
        "The database {where} does not grant this",
        "Let its owner grant the hub's user its rights.",
    ),
    ("unable to open", "cannot_open", "The database {where} cannot be opened", "Check that its folder exists."),
    ("3d000", "cannot_open", "The database {where} does not exist", "Create it, or mend HUB_DATABASE_URL."),
    ("not a database", "not_a_database", "The file {where} is not a database", "Set HUB_DATABASE_URL to another file."),
    ("malformed", "damaged", "The database {where} is damaged", "Restore it from a backup."),
    ("disk i/o error", "disk_error", "The disk of {where} reports an error", "Check the disk and its folder's rights."),
    ("no such table", "not_a_hub", "The database {where} holds no hub", "Run `hub init`, or name another database."),
    ("42p01", "not_a_hub", "The database {where} holds no hub", "Run `hub init`, or name another database."),
    ("42704", "not_a_hub", "The database {where} lacks a part of the hub", "Run `hub init`, or name another database."),
    ("42883", "not_a_hub", "The database {where} lacks a part of the hub", "Run `hub init`, or name another database."),
    (
        "authentication failed",
        "cannot_log_in",
        "The database {where} does not accept this user or password",
        "Mend HUB_DATABASE_URL.",
    ),
    (
        "does not exist",
        "cannot_open",
        "The database {where} does not know this name",
        "Create it, or mend HUB_DATABASE_URL.",
    ),
)
"""Words of the complaint or its code (in small letters), our code, what happened, what to do; the first fit wins."""

_PASSING = (
    ("is locked", "busy", "The database {where} is kept busy by another process", "Try again in a moment."),
    ("55p03", "busy", "The database {where} is kept busy by another process", "Try again in a moment."),
    ("53300", "busy", "The database {where} takes no more connections", "Try again in a moment, or allow more."),
    ("57p03", "cannot_connect", "The database {where} is starting or stopping", "Try again in a moment."),
    ("connection", "cannot_connect", "No database answers at {where}", "Start it, or mend HUB_DATABASE_URL."),
    ("failed to resolve", "cannot_connect", "No database answers at {where}", "Mend HUB_DATABASE_URL."),
)
"""As above; these may be gone in a moment. What fits nothing before it and speaks of a connection is a refused one."""
