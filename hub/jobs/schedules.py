"""Schedules live in the database, one per connection, and are only stored when they make sense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, select

from hub.errors import HubError, InvalidInput, UsageError
from hub.jobs.rhythm import LATE, Rhythm, make_rhythm, read_every, read_timezone
from hub.queue import Actor, Core, Lane
from hub.queue.trail import Note, write_audit
from hub.store.tables import connections, schedules, slots

MOST_JITTER = 3600
LONGEST = 200
SLOTS_KEPT = 7 * LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One connection's schedule as it is stored; it may be broken, which :meth:`rhythm` finds out.

    Attributes:
        kind: every or cron.
        jitter: by how many seconds at most the asking is delayed.
        version: counts its changes.
        changed_at: when it was set; slots before that are not its own.
    """

    connection: str
    connection_id: int
    kind: str
    expression: str
    timezone: str
    jitter: int
    version: int
    changed_at: datetime

    def rhythm(self) -> Rhythm:
        """Its slots; InvalidInput when somebody wrote nonsense into the table."""
        return make_rhythm(self.kind, self.expression, self.timezone)

    @property
    def salt(self) -> str:
        """What its jitter is drawn from."""
        return f"{self.connection_id}"


def set_schedule(
    core: Core,
    lane: Lane,
    actor: Actor,
    *,
    every: str | None = None,
    cron: str | None = None,
    timezone: str | None = None,
    jitter: int = 0,
    off: bool = False,
) -> dict[str, Any] | None:
    """Set, change or (`off`) remove a connection's schedule; running schedulers follow within seconds.

    Args:
        every: a length of time such as 15m. It counts real time, so a time zone does not move it.
        cron: five fields.
        timezone: where cron's clock hangs; default UTC.
        jitter: seconds, 0 to 3600; for `every` less than that.

    Raises:
        UsageError: `bad_schedule` unless exactly one of every, cron and off is given.
        InvalidInput: `bad_schedule`, `bad_timezone` or `bad_jitter`; the schedule is then as before.
    """
    if (every is not None) + (cron is not None) + bool(off) != 1:
        raise UsageError(
            "A schedule needs exactly one of every, cron and off.",
            code="bad_schedule",
            fix='Say how often (15m), or when (cron "*/15 * * * *"), or switch it off.',
        )
    if off:
        with core.database.write(lane.company) as db:
            old = _stored(db, lane)
            if old is not None:
                db.execute(delete(schedules).where(schedules.c.connection_id == lane.id))
                _note(db, core, lane, actor, old, None)
        return None
    zone = read_timezone(timezone or "UTC").key
    kind, given = ("cron", cron) if cron is not None else ("every", every)
    expression = " ".join(str(given).lower().split())
    if len(expression) > LONGEST:
        raise InvalidInput("The schedule is too long.", code="bad_schedule", fix="Use ranges, such as 8-18.")
    make_rhythm(kind, expression, zone)
    _check_jitter(jitter, read_every(expression) if kind == "every" else None)
    values = {
        "kind": kind,
        "expression": expression,
        "timezone": zone,
        "jitter": jitter,
        "changed_at": core.now(),
    }
    with core.database.write(lane.company) as db:
        old = _stored(db, lane)
        if old == {name: values[name] for name in _TOLD}:
            return get_schedule(core, lane)
        new = core.database.insert(schedules).values(connection_id=lane.id, version=1, **values)
        changed = {**values, "version": schedules.c.version + 1}
        db.execute(new.on_conflict_do_update(index_elements=[schedules.c.connection_id], set_=changed))
        _note(db, core, lane, actor, old, _stored(db, lane))
    return get_schedule(core, lane)


def _stored(db: Connection, lane: Lane) -> dict[str, Any] | None:
    """A schedule as the audit trail tells it."""
    row = db.execute(select(schedules).where(schedules.c.connection_id == lane.id)).mappings().first()
    return {name: row[name] for name in _TOLD} if row else None


_TOLD = ("kind", "expression", "timezone", "jitter")


def _note(
    db: Connection, core: Core, lane: Lane, actor: Actor, old: dict[str, Any] | None, new: dict[str, Any] | None
) -> None:
    action = "schedule_set" if new else "schedule_removed"
    note = Note(action=action, connection_id=lane.id, details={"old": old, "new": new})
    write_audit(db, lane.company, actor, core.now(), [note])


def _check_jitter(jitter: object, step: timedelta | None) -> None:
    if isinstance(jitter, bool) or not isinstance(jitter, int) or not 0 <= jitter <= MOST_JITTER:
        raise InvalidInput(
            f"The jitter {jitter!r} cannot be used.", code="bad_jitter", fix="Give whole seconds from 0 to 3600."
        )
    if step is not None and timedelta(seconds=jitter) >= step:
        raise InvalidInput(
            "The jitter is as long as the interval.", code="bad_jitter", fix="Choose one shorter than the interval."
        )


def get_schedule(core: Core, lane: Lane) -> dict[str, Any] | None:
    """A connection's schedule with the nominal time of its next run (None when it is broken), or None."""
    schedule = find_schedule(core, lane.id)
    if schedule is None:
        return None
    try:
        next_run = schedule.rhythm().after(core.now()).isoformat()
    except HubError:
        next_run = None
    return {
        "connection": schedule.connection,
        "kind": schedule.kind,
        "expression": schedule.expression,
        "timezone": schedule.timezone,
        "jitter": schedule.jitter,
        "next_run": next_run,
    }


def find_schedule(core: Core, connection_id: int) -> Schedule | None:
    """The schedule of one connection."""
    found = _read(core, _SCHEDULES.where(schedules.c.connection_id == connection_id))
    return found[0] if found else None


def list_schedules(core: Core) -> list[Schedule]:
    """All schedules by connection, broken ones too."""
    return _read(core, _SCHEDULES)


def forget_slots(core: Core) -> int:
    """Remove slots too old to be asked for ever again; how many."""
    with core.database.write(None) as db:
        old: int = db.execute(delete(slots).where(slots.c.taken_at < core.now() - SLOTS_KEPT)).rowcount
        return old


_SCHEDULES: Select[Any] = (
    select(schedules, connections.c.company_id, connections.c.name)
    .join(connections, connections.c.id == schedules.c.connection_id)
    .order_by(schedules.c.connection_id)
)


def _read(core: Core, query: Select[Any]) -> list[Schedule]:
    with core.database.read() as db:
        rows = db.execute(query).all()
    return [
        Schedule(
            connection=f"{row.company_id}/{row.name}",
            connection_id=row.connection_id,
            kind=row.kind,
            expression=row.expression,
            timezone=row.timezone,
            jitter=row.jitter,
            version=row.version,
            changed_at=row.changed_at,
        )
        for row in rows
    ]
