"""The tables. What must never happen twice is forbidden here, by constraint, not by care."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hub.store.types import Amount, BigId, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

companies = Table(
    "companies",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("created_at", Instant, nullable=False),
)

connections = Table(
    "connections",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("name", String(60), nullable=False),
    Column("adapter", String(60), nullable=False),
    Column("salt", String(32), nullable=False),  # makes keys and markers unlike those of any other hub
    Column("settings", JSON, nullable=False),
    Column("credentials", Text),  # sealed, as those below
    Column("credentials_version", Integer, nullable=False, server_default="0"),  # counts up with each change of them
    Column("previous_credentials", Text),  # what the present ones were fetched with, or what came too late: a fall-back
    Column("refresh_fence", Integer, nullable=False, server_default="0"),
    Column("refreshing_by", Text),  # who fetches new ones at this moment …
    Column("refreshing_until", Instant),  # … and until when nobody else does
    Column("identity_id", Text),
    Column("identity_name", Text),
    Column("closing_date", Date),  # as the books reported it last (rule X8)
    Column("policy", JSON, nullable=False),
    Column("extensions", JSON, nullable=False),
    Column("queued_up_to", BigId),  # id of the last record queued when the connection was made; NULL: all were
    Column("paused_reason", Text),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("company_id", "name"),
)

records = Table(
    "records",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("type", String(30), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("name_key", String(500)),  # an entity's name, normalised: how imports find it
    Column("title", String(500), nullable=False),
    Column("status", String(60)),
    Column("fully_recorded", Boolean, nullable=False),
    Column("prevented", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("date", Date),
    Column("amount", Amount),
    Column("currency", String(3)),
    Column("payload", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("company_id", "type", "source_id"),
    Index("ix_records_name_key", "company_id", "type", "name_key"),
    sqlite_autoincrement=True,
)

links = Table(
    "links",
    metadata,
    Column("connection_id", ForeignKey("connections.id"), primary_key=True),
    Column("record_id", ForeignKey("records.id"), primary_key=True),
    Column("remote_type", String(30), nullable=False),
    Column("remote_id", String(200), nullable=False),
    Column("remote_version", String(200), nullable=False),
    Column("remote_name", String(500), nullable=False),
    Column("base", Text),  # entities: the last agreed snapshot (C5); documents: their content when last written (U8)
    Column("remote_date", Date),  # documents: the date under which the books hold it (rule X8)
    Column("detached_at", Instant),  # set: the books keep their copy, and no job touches it (U3, U5)
    Column("linked_at", Instant, nullable=False),
    UniqueConstraint("connection_id", "remote_type", "remote_id"),
    Index("ix_links_record", "record_id"),  # how a save finds what is linked, on whichever connection
    sqlite_with_rowid=False,
)

proxies = Table(
    "proxies",
    metadata,
    Column("connection_id", ForeignKey("connections.id"), primary_key=True),
    Column("record_id", ForeignKey("records.id"), primary_key=True),
    Column("remote_id", String(200), nullable=False),
    Column("remote_name", String(500), nullable=False),
    Column("set_at", Instant, nullable=False),
)

divergences = Table(
    "divergences",
    metadata,
    Column("connection_id", ForeignKey("connections.id"), primary_key=True),
    Column("record_id", ForeignKey("records.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
)

_waits = text("state IN ('waiting', 'held')")
_in_flight = text("state IN ('locked', 'unknown')")

requests = Table(
    "requests",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("connection_id", ForeignKey("connections.id"), nullable=False),
    Column("record_id", ForeignKey("records.id"), nullable=False),
    Column("type", String(30), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("title", String(500), nullable=False),
    Column("operation", String(10), nullable=False),
    Column("removal", Boolean, nullable=False),
    Column("origin", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("reason", Text),
    Column("held_by", String(100)),  # who holds it; "hub" when it holds itself (Q15)
    Column("confirmed", Boolean, nullable=False),  # a person released it: the brake lets it pass (J8)
    Column("waits_for", Text),  # "type source_id" of the record it waits for (J4)
    Column("not_before", Instant),
    Column("attempts", Integer, nullable=False),
    Column("error_class", String(30)),
    Column("error_code", String(60)),
    Column("error_message", Text),
    Column("error_fix", Text),
    Column("error_count", Integer, nullable=False),  # failures in a row of this error class (Q15)
    Column("generation", Integer, nullable=False),
    Column("first_sent", Instant),  # first use of this generation's key
    Column("last_sent", Instant),  # the instant by which its last sending was surely given up on
    Column("rank", Integer, nullable=False),
    Column("date", Date, nullable=False),  # an entity has the first of all days, so that order needs no special case
    Column("amount", Amount),
    Column("currency", String(3)),
    Column("queued_at", Instant, nullable=False),
    Column("job_id", ForeignKey("jobs.id")),
    Index("uq_requests_waiting", "connection_id", "record_id", "removal", unique=True,
          sqlite_where=_waits, postgresql_where=_waits),
    Index("uq_requests_in_flight", "connection_id", "record_id", "removal", unique=True,
          sqlite_where=_in_flight, postgresql_where=_in_flight),
    Index("ix_requests_record", "record_id"),
    # The orders in which people look at the queue (Q5); hub.queue.paging says how each is used.
    Index("ix_requests_facets", "connection_id", "state", "type", "operation", text("coalesce(error_class, '')"), "id"),
    Index("ix_requests_position", "connection_id", "id"),
    Index("ix_requests_age", "connection_id", "queued_at", "id"),
    Index("ix_requests_title", "connection_id", "title", "id"),
    Index("ix_requests_attempts", "connection_id", "attempts", "id"),
    Index("ix_requests_amount", "connection_id", text("coalesce(amount, 0)"), "id"),
    Index("ix_requests_job", "job_id", "rank", "date", "id",
          sqlite_where=text("job_id IS NOT NULL"), postgresql_where=text("job_id IS NOT NULL")),
    sqlite_autoincrement=True,  # its id is part of its idempotency key, so it is never given out again
)  # fmt: skip

queue_counts = Table(  # kept by triggers on `requests` (migration 0004), so that a total is a sum of a few rows
    "queue_counts",
    metadata,
    Column("connection_id", BigInteger, primary_key=True, autoincrement=False),
    Column("type", String(30), primary_key=True),
    Column("operation", String(10), primary_key=True),
    Column("state", String(10), primary_key=True),
    Column("error", String(30), primary_key=True),  # error class, empty without one
    Column("number", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_unfinished = text("state IN ('queued', 'exporting', 'importing')")

jobs = Table(
    "jobs",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("connection_id", ForeignKey("connections.id"), nullable=False),
    Column("trigger", String(10), nullable=False),
    Column("requested_by", String(100)),  # the actor; empty in rows from before it was kept
    Column("state", String(30), nullable=False),
    Column("totals", JSON, nullable=False),
    Column("message", Text),
    Column("holder", Text),
    Column("fence", Integer, nullable=False),
    Column("lease_until", Instant),
    Column("cancel_requested", Boolean, nullable=False),
    Column("locked", Integer, nullable=False),
    Column("plan_id", BigId),  # the plan that it applies, and nothing else (rule J10)
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Index("uq_jobs_unfinished", "connection_id", unique=True,
          sqlite_where=_unfinished, postgresql_where=_unfinished),
    Index("ix_jobs_connection", "connection_id", "id"),
    sqlite_autoincrement=True,
)  # fmt: skip

plans = Table(
    "plans",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("connection_id", ForeignKey("connections.id"), nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("requests", Integer, nullable=False),  # how many it would send
    Column("digest", String(32), nullable=False),  # of all their fingerprints, in order
    Column("job_id", BigId),  # the job that applied it; a plan is applied once
    Index("ix_plans_connection", "connection_id", "created_at"),
    sqlite_autoincrement=True,
)

planned = Table(  # what a plan would send, request by request (rule J10)
    "planned",
    metadata,
    Column("plan_id", BigId, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("request_id", BigId, nullable=False),
    Column("record_id", BigId, nullable=False),
    Column("operation", String(10), nullable=False),
    Column("fingerprint", String(120), nullable=False),
    Index("ix_planned_request", "plan_id", "request_id", unique=True),
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("request_id", BigId, nullable=False),
    Column("connection_id", BigId, nullable=False),
    Column("record_id", BigId, nullable=False),
    Column("job_id", BigId, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("operation", String(10), nullable=False),
    Column("key", String(32), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("digest", String(32), nullable=False),
    Column("sent", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("deadline", Instant, nullable=False),
    Index("ix_attempts_record", "record_id", "id"),
    Index("ix_attempts_job", "job_id", "id"),
    Index("ix_attempts_removals", "connection_id", "id",
          sqlite_where=text("operation = 'delete'"), postgresql_where=text("operation = 'delete'")),
)  # fmt: skip

answers = Table(
    "answers",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("attempt_id", BigId, nullable=False),
    Column("job_id", BigId),  # whose call this is the answer to; a later one than the attempt's when it looked there
    Column("outcome", String(20), nullable=False),
    Column("remote_id", String(200)),
    Column("remote_version", String(200)),
    Column("how", String(20)),
    Column("error_class", String(30)),
    Column("error_code", String(60)),
    Column("message", Text),
    Column("fix", Text),
    Column("at", Instant, nullable=False),
    Index("ix_answers_attempt", "attempt_id"),
)

unsent = Table(  # what a job decided without sending anything (J3, X5)
    "unsent",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("job_id", BigId, nullable=False),
    Column("request_id", BigId, nullable=False),
    Column("record_id", BigId, nullable=False),
    Column("operation", String(10), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("error_class", String(30)),
    Column("error_code", String(60)),
    Column("message", Text, nullable=False),
    Column("fix", Text),
    Column("at", Instant, nullable=False),
    Index("ix_unsent_job", "job_id", "id"),
    Index("ix_unsent_record", "record_id", "id"),
)

names = Table(
    "names",
    metadata,
    Column("connection_id", ForeignKey("connections.id"), primary_key=True),
    Column("namespace", String(60), primary_key=True),
    Column("name_key", String(500), primary_key=True),
    Column("record_id", BigId),  # the record here that claims the name …
    Column("remote_id", String(200)),  # … or the unlinked entity in the books that has it
    Column("remote_type", String(30)),
    Index("ix_names_record", "record_id", "connection_id"),
    Index("ix_names_remote", "connection_id", "remote_type", "remote_id"),
    sqlite_with_rowid=False,
)

_open = text("resolved_at IS NULL")

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("connection_id", ForeignKey("connections.id"), nullable=False),
    Column("record_id", ForeignKey("records.id")),
    Column("kind", String(30), nullable=False),
    Column("message", Text, nullable=False),
    Column("remote_id", String(200)),
    Column("details", JSON, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("resolution", Text),
    Index("uq_conflicts_open", "connection_id", "record_id", "kind", unique=True,
          sqlite_where=_open, postgresql_where=_open),
)  # fmt: skip

cursors = Table(
    "cursors",
    metadata,
    Column("connection_id", ForeignKey("connections.id"), primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("applied_at", Instant, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("company_id", String(60), nullable=False),
    Column("connection_id", BigId),
    Column("kind", String(40), nullable=False),
    Column("type", String(30), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_events_company", "company_id", "id"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("company_id", String(60), nullable=False),
    Column("connection_id", BigId),
    Column("record_id", BigId),
    Column("action", String(40), nullable=False),
    Column("reason", Text),
    Column("details", JSON, nullable=False),
    Index("ix_audit_record", "record_id", "id"),
    Index(
        "ix_audit_company", "company_id", "id"
    ),  # how the trail of one company is listed, however long the others' are
    sqlite_autoincrement=True,
)

seals = Table(  # one for each transaction that wrote history (V2); see hub.store.history
    "seals",
    metadata,
    Column("company_id", String(60), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("entries", LargeBinary, nullable=False),
    Column("hash", String(64), nullable=False),
)

schedules = Table(
    "schedules",
    metadata,
    Column("connection_id", ForeignKey("connections.id"), primary_key=True),
    Column("kind", String(10), nullable=False),  # every | cron
    Column("expression", String(200), nullable=False),
    Column("timezone", String(60), nullable=False),
    Column("jitter", Integer, nullable=False),  # seconds
    Column("version", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
)

slots = Table(
    "slots",
    metadata,
    Column("connection_id", ForeignKey("connections.id"), primary_key=True),
    Column("slot", String(40), primary_key=True),
    Column("job_id", BigId),
    Column("taken_at", Instant, nullable=False),
)
