"""The hub as one object: built here from settings, used by every entry point and by applications that embed it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from hub.adapters import Found
from hub.app.access import AccessCalls
from hub.app.conflicts import ConflictCalls
from hub.app.connecting import ConnectingCalls
from hub.app.figures import FigureCalls
from hub.app.jobs import JobCalls
from hub.app.proof import ProofCalls
from hub.app.queue import QueueCalls
from hub.app.records import RecordCalls
from hub.app.webhooks import WebhookCalls
from hub.queue import Actor
from hub.settings import load_settings
from hub.store import Database, migrate


def _now() -> datetime:
    return datetime.now(UTC)


def open_hub(
    database_url: str | None = None,
    *,
    actor: str | Actor | None = None,
    adapters: Mapping[str, Found] | None = None,
    now: Callable[[], datetime] = _now,
    sleep: Callable[[float], None] = time.sleep,
    reach: Callable[[str], None] = lambda _point: None,
    **settings: Any,
) -> Hub:
    """Open the hub, creating or upgrading its SQLite database when needed.

    Args:
        database_url: where everything is kept; default `HUB_DATABASE_URL`, else `sqlite:///hub.db`.
        actor: who acts, for the audit trail; default the name of the system's user.
        adapters: the adapters to use; default those installed.
        now, sleep, reach: clock, waiting, and crash points, for tests.
        settings: any other setting of :class:`hub.settings.Settings`.
    """
    if database_url is not None:
        settings["database_url"] = database_url
    chosen = load_settings(**settings)
    database = Database(chosen.database_url)
    if database.is_sqlite:
        migrate(database)
    who = actor if isinstance(actor, Actor) else Actor(name=actor or _user())
    return Hub(chosen, database, who, dict(adapters) if adapters else None, now=now, sleep=sleep, reach=reach)


class Hub(
    ConnectingCalls, RecordCalls, QueueCalls, ConflictCalls, JobCalls, ProofCalls, AccessCalls, WebhookCalls,
    FigureCalls,
):  # fmt: skip
    """Everything one can do with the hub. Connections are named `COMPANY/NAME`; results are JSON-ready."""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
