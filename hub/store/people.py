"""The tables of who may come in, and of what the web page and REST keep: users, sessions, keys, views, deliveries.

Of every secret only a digest is kept: whoever reads the database cannot come in with what stands there.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from hub.store.tables import metadata
from hub.store.types import BigId, Instant

__all__ = [
    "api_keys", "connecting", "deliveries", "hints", "invitations", "login_failures", "memberships", "metadata",
    "replays", "sessions", "users", "views", "webhooks",
]  # fmt: skip

users = Table(
    "users",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("email", String(200), nullable=False, unique=True),  # in small letters
    Column("name", String(100), nullable=False),
    Column("password", Text),  # argon2; empty until the person has followed the invitation
    Column("administrator", Boolean, nullable=False),  # of the whole hub: companies and users
    Column("disabled_at", Instant),
    Column("zone", String(60)),  # the time zone of their choice; empty: the browser's
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

memberships = Table(
    "memberships",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("company_id", ForeignKey("companies.id"), primary_key=True),
    Column("role", String(20), nullable=False),  # hub.access.rights.Role
    Column("rights", JSON, nullable=False),  # of hub.queue.Right, on top of the role (U9)
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("ix_sessions_user", "user_id"),
)

invitations = Table(  # links that are good once: the first administrator, a new user, a forgotten password
    "invitations",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id")),  # none: whoever follows it becomes the first administrator
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

login_failures = Table(  # counted for an address and for an account alike; and from where somebody has come in
    "login_failures",
    metadata,
    Column("subject", String(220), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
)

connecting = Table(  # a connection in the making: between the form and the person's yes to the company found
    "connecting",
    metadata,
    Column("digest", String(64), primary_key=True),  # of the state that goes to the books and comes back
    Column("session", String(64), nullable=False),  # SHA-256 of the cookie of whoever began it
    Column("sealed", Text, nullable=False),  # settings and credentials
    Column("expires_at", Instant, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("rights", JSON, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("made_by", BigId),  # users.id; none: the command line, a program, or before migration 0007
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
    Index("ix_api_keys_company", "company_id", "id"),
    sqlite_autoincrement=True,
)

replays = Table(  # the answer to each POST that came with an Idempotency-Key, given again when it comes again
    "replays",
    metadata,
    Column("key_id", ForeignKey("api_keys.id"), primary_key=True),
    Column("idempotency_key", String(255), primary_key=True),
    Column("digest", String(64), nullable=False),  # of method, path and body
    Column("status", Integer),  # none: it is being carried out, by the holder
    Column("holder", String(200)),
    Column("body", LargeBinary),
    Column("at", Instant, nullable=False),
    Index("ix_replays_at", "at"),
)

views = Table(  # saved views of the Sync Queue
    "views",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("connection_id", ForeignKey("connections.id"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("query", Text, nullable=False),  # as it stands in the address
    Index("uq_views_name", "user_id", "connection_id", "name", unique=True),
    sqlite_autoincrement=True,
)

webhooks = Table(  # where a company wants its events sent
    "webhooks",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),  # sealed: it signs, so it must be read again
    Column("kinds", JSON, nullable=False),  # kinds of events; empty: all
    Column("delivered_up_to", BigId, nullable=False),  # id of the last event that was delivered or given up
    Column("failures", Integer, nullable=False),  # in a row, of the event after that
    Column("next_at", Instant),  # not tried again before
    Column("disabled_at", Instant),
    Column("disabled_reason", Text),
    Column("claimed_until", Instant),  # until then one deliverer has it …
    Column("fence", Integer, nullable=False),  # … the one that counted this up last
    Column("delivered", BigId, nullable=False),  # tries so far that were taken, and that were not
    Column("failed", BigId, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_webhooks_company", "company_id", "id"),
    sqlite_autoincrement=True,
)

deliveries = Table(  # each try to deliver an event
    "deliveries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("webhook_id", ForeignKey("webhooks.id"), nullable=False),
    Column("event_id", BigId, nullable=False),  # 0: a test
    Column("kind", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", Integer),  # the HTTP status of the answer, if there was one
    Column("error", Text),
    Column("milliseconds", Integer, nullable=False),
    Index("ix_deliveries_webhook", "webhook_id", "id"),
    sqlite_autoincrement=True,
)

hints = Table(  # connections whose books said that something changed there; each becomes one job
    "hints",
    metadata,
    Column("connection_id", ForeignKey("connections.id"), primary_key=True),
    Column("heard_at", Instant, nullable=False),  # the last time
    Column("due_at", Instant, nullable=False),  # when a job is asked for
)
