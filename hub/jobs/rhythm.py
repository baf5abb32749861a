"""When a schedule is due: pure functions of the schedule and the time, so that every node names the same slot.

A *slot* is the nominal instant at which a schedule fires. Jitter delays the asking; it never changes the slot.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.errors import InvalidInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SHORTEST, LONGEST = timedelta(seconds=10), timedelta(days=31)
LATE = timedelta(days=1)
"""How long after its time a slot may still be asked for; shorter than slots are remembered, or it would run again."""

_UNITS = {"s": SECOND, "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_EVERY = re.compile(r"([0-9]{1,9}) ?([smhd])")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_WEEKDAY_PART = re.compile(r"(?:\*|([0-7]|[a-z]{3})(?:-([0-7]|[a-z]{3}))?)(?:/([1-9]))?")


class Rhythm(Protocol):
    """The slots of a schedule: whole seconds in UTC, in strictly rising order, the same on every machine."""

    def after(self, instant: datetime) -> datetime:
        """The first slot later than the instant."""

    def latest(self, instant: datetime) -> datetime | None:
        """The last slot at or before the instant; None when it is more than a day old."""


@dataclass(frozen=True, slots=True)
class Every:
    """A fixed grid, counted from 1970 in UTC: 15m fires at :00, :15, :30 and :45 wherever and whenever it was set."""

    step: timedelta

    def after(self, instant: datetime) -> datetime:
        """The next line of the grid."""
        return EPOCH + ((instant - EPOCH) // self.step + 1) * self.step

    def latest(self, instant: datetime) -> datetime | None:
        """The last line of the grid."""
        slot = EPOCH + ((instant - EPOCH) // self.step) * self.step
        return slot if instant - slot <= LATE else None


@dataclass(frozen=True, slots=True)
class Cron:
    """Cron's meaning in a time zone, also on the two days a year when its clocks are changed.

    An expression with `*` for the hour follows the time that passes: every 15 minutes stays every 15 minutes. One with
    fixed hours follows the clock on the wall: a time that the clock skips fires when it jumps, a time that comes twice
    fires the first time. (What cron does; APScheduler alone skips some days and fires twice on others.)
    """

    triggers: tuple[Any, ...]  # more than one when day of month and weekday are both given: either fits
    zone: ZoneInfo
    by_wall: bool  # the triggers then count wall time, as if it were UTC

    def after(self, instant: datetime) -> datetime:
        """The next instant at which the expression fits."""
        if not self.by_wall:
            return self._next(instant.astimezone(self.zone)).astimezone(UTC)
        wall = instant.astimezone(self.zone).replace(tzinfo=UTC)
        while True:
            wall = self._next(wall)
            slot = _instant(wall.replace(tzinfo=self.zone, fold=0))
            if slot > instant:
                return slot

    def latest(self, instant: datetime) -> datetime | None:
        """Found by looking back twice as far each time, since cron can only be asked forwards."""
        back = timedelta(minutes=1)
        while back < 2 * LATE:
            slot = self.after(instant - min(back, LATE + SECOND))
            if slot <= instant:
                while (later := self.after(slot)) <= instant:
                    slot = later
                return slot
            back *= 2
        return None

    def _next(self, local: datetime) -> datetime:
        # The moment after `local`, added in UTC: local arithmetic would go wrong in the hour that comes twice.
        start = (local.astimezone(UTC) + timedelta(microseconds=1)).astimezone(local.tzinfo)
        found = [trigger.get_next_fire_time(None, start) for trigger in self.triggers]
        if not any(found):
            raise _bad("no date fits it", "Choose a day that exists in that month.")
        first: datetime = min((slot for slot in found if slot), key=lambda slot: slot.astimezone(UTC))
        return first


def _instant(wall: datetime) -> datetime:
    """The instant of a wall time in its zone; of one that the clock skips, the instant of the jump."""
    slot = wall.astimezone(UTC)
    if slot.astimezone(wall.tzinfo).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return slot
    low, high = wall.replace(fold=1).astimezone(UTC), slot  # the jump lies between: offsets before and after it
    before = low.astimezone(wall.tzinfo).utcoffset()
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        low, high = (middle, high) if middle.astimezone(wall.tzinfo).utcoffset() == before else (low, middle)
    return high


def make_rhythm(kind: str, expression: str, timezone: str) -> Rhythm:
    """The rhythm that a schedule describes.

    Raises:
        InvalidInput: `bad_schedule` or `bad_timezone`, with what is wrong in it.
    """
    zone = read_timezone(timezone)
    match kind:
        case "every":
            return Every(read_every(expression))
        case "cron":
            return read_cron(expression, zone)
        case _:
            raise _bad(f"{kind!r} is no kind of schedule", "Set it anew.")


def read_every(text: str) -> timedelta:
    """`30s`, `15m`, `2h` or `1d`, from 10 seconds to 31 days."""
    found = _EVERY.fullmatch(text.strip().lower())
    if not found:
        raise _bad(f"{text!r} is not a length of time", "Write a whole number and s, m, h or d, such as 15m.")
    step = int(found[1]) * _UNITS[found[2]]
    if not SHORTEST <= step <= LONGEST:
        raise _bad(f"{text.strip()} is too {'short' if step < SHORTEST else 'long'}", "Choose from 10s to 31d.")
    return step


def read_timezone(name: str) -> ZoneInfo:
    """A time zone of the IANA data base, such as Europe/Berlin."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"There is no time zone {name!r}.", code="bad_timezone", fix="Write one like Europe/Berlin or UTC."
        ) from None


def read_cron(text: str, zone: ZoneInfo) -> Cron:
    """Five fields as cron reads them: weekday 0 and 7 are Sunday; day of month and weekday both given means either."""
    from apscheduler.triggers.cron import CronTrigger  # here, as it is slow to load and most commands need no cron

    fields = text.lower().split()
    if not text.isascii():
        raise _bad("it has letters that cron does not know", "Write it as for cron, such as */15 * * * *.")
    if len(fields) != 5:
        raise _bad(f"it has {len(fields)} fields", "Write five: minute, hour, day of month, month, weekday.")
    minute, hour, day, month, weekday = fields
    days = [(day, _weekdays(weekday))]
    if not day.startswith("*") and not weekday.startswith("*"):
        days = [(day, "*"), ("*", _weekdays(weekday))]
    by_wall = not hour.startswith("*")
    try:
        triggers = [
            CronTrigger.from_crontab(f"{minute} {hour} {d} {month} {w}", timezone=UTC if by_wall else zone)
            for d, w in days
        ]
    except ValueError as fault:
        said = str(fault).rstrip(".")
        raise _bad(said[:1].lower() + said[1:], "Write it as for cron, such as */15 * * * *.") from None
    rhythm = Cron(tuple(triggers), zone, by_wall)
    rhythm.after(EPOCH)  # a date that never comes, such as 30 February, is found here
    return rhythm


def _weekdays(field: str) -> str:
    """Cron's weekday field by name, because APScheduler counts from Monday and cron from Sunday."""
    if field == "*":
        return field
    chosen: set[int] = set()
    for part in field.split(","):
        found = _WEEKDAY_PART.fullmatch(part)
        names = [name for name in (found[1], found[2]) if name] if found else ["?"]
        if any(not name.isdigit() and name not in _WEEKDAYS for name in names):
            raise _bad(f"{part!r} is no weekday", "Write 0 to 7 (0 and 7 are Sunday) or sun to sat.")
        numbers = [int(name) if name.isdigit() else _WEEKDAYS.index(name) for name in names]
        step = int(found[3] or 1) if found else 1
        first, last = (numbers[0], numbers[-1]) if numbers else (0, 6)
        if len(numbers) == 1 and step > 1:
            last = 6
        if names[1:] == ["sun"] and first:
            last = 7
        if first > last:
            raise _bad(f"the weekdays {part!r} run backwards", "Write the earlier day first; Sunday may be 0 or 7.")
        chosen |= {number % 7 for number in range(first, last + 1, step)}
    return ",".join(_WEEKDAYS[number] for number in sorted(chosen))


def _bad(what: str, fix: str) -> InvalidInput:
    return InvalidInput(f"The schedule cannot be used: {what}.", code="bad_schedule", fix=fix)


# --- jitter ---


def asked_at(rhythm: Rhythm, slot: datetime, jitter: int, salt: str) -> datetime:
    """When a slot is asked for: up to `jitter` seconds late, always before the next slot.

    Drawn from the salt and the slot, so that connections spread out and yet every node comes to the same answer.
    """
    room = min(timedelta(seconds=jitter), rhythm.after(slot) - slot - SECOND)
    draw = int.from_bytes(hashlib.sha256(f"{salt} {slot.isoformat()}".encode()).digest()[:4], "big")
    return slot + room * (draw / 2**32)


def due_slot(rhythm: Rhythm, now: datetime, jitter: int, salt: str) -> datetime | None:
    """The last slot whose time to be asked for has come; those before it are let go, so that a sleeper asks once."""
    slot = rhythm.latest(now)
    if slot is not None and asked_at(rhythm, slot, jitter, salt) > now:
        slot = rhythm.latest(slot - SECOND)
    return slot


def next_asking(rhythm: Rhythm, after: datetime, jitter: int, salt: str) -> datetime:
    """The next time, later than `after`, at which a slot is asked for."""
    slot = rhythm.latest(after)
    if slot is not None and (at := asked_at(rhythm, slot, jitter, salt)) > after:
        return at
    return asked_at(rhythm, rhythm.after(after), jitter, salt)
