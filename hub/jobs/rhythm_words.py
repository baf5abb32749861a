"""Schedules in words: "every 15 minutes, Monday to Friday, Berlin time" into a rhythm and back, by pure functions.

Three ways to say the same: a :class:`Wish` (what a form holds), a sentence, and what is stored (`every` or `cron`, with
a zone). A stored schedule that no form can say stays as it is written: its wish is of the kind `cron`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from itertools import product
from zoneinfo import available_timezones

from hub.errors import InvalidInput
from hub.jobs.rhythm import make_rhythm

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALL_DAYS = tuple(range(7))
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
EVEN = {"m": (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30), "h": (1, 2, 3, 4, 6, 8, 12)}
"""What divides an hour or a day: only such steps can be told to cron, which is needed for some weekdays only."""
_CRON_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_LOOSE = r"(?:at )?(?:noon|midnight|\d{1,2}(?::\d\d)?(?: ?[ap]m)?)"
_TIMES = rf"{_LOOSE}(?:(?:, | and ){_LOOSE})*"
_IN_SHORT = {"hourly": "every hour", "daily": "every day"}
"""Words for which there are longer ones, where a sentence begins."""
_GROUPS = {"weekday": "monday to friday", "weekend": "saturday and sunday", "daily": "every day"}
_EXAMPLES = "Write it like: every 15 minutes, Monday to Friday, Berlin time; or: weekdays at 9am, UTC time; or: hourly."


class Kind(StrEnum):
    """What a schedule is made of."""

    EVERY = "every"
    TIMES = "times"
    CRON = "cron"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A schedule as a form has it.

    Attributes:
        number, unit: of kind every: the step; the unit is a key of UNITS.
        times: of kind times: `HH:MM`, in order.
        days: weekdays from 0, Monday, in order.
        cron: of kind cron: its five fields.
        zone: where the clock hangs; a step on all days counts time that passes, and hangs nowhere: UTC.
    """

    kind: Kind
    number: int = 15
    unit: str = "m"
    times: tuple[str, ...] = ()
    days: tuple[int, ...] = ALL_DAYS
    cron: str = ""
    zone: str = "UTC"


def to_schedule(wish: Wish) -> dict[str, str]:
    """What :func:`hub.jobs.schedules.set_schedule` takes for it.

    Raises:
        InvalidInput: `bad_schedule` when it cannot be told to cron, with what can.
    """
    if not wish.days:
        raise _bad("no weekday is chosen", "Choose at least one.")
    days = _cron_days(wish.days)
    match wish.kind:
        case Kind.CRON:
            return {"cron": wish.cron, "timezone": wish.zone}
        case Kind.TIMES:
            minutes, hours = _grid(wish.times)
            return {"cron": f"{minutes} {hours} * * {days}", "timezone": wish.zone}
        case Kind.EVERY if wish.days == ALL_DAYS:
            return {"every": f"{wish.number}{wish.unit}"}
        case Kind.EVERY:
            if wish.number not in EVEN.get(wish.unit, ()):
                steps = " or ".join(f"{', '.join(map(str, EVEN[unit]))} {UNITS[unit]}" for unit in EVEN)
                raise _bad("on some weekdays only, a step must divide the hour or the day", f"Choose {steps}.")
            step = "*" if wish.number == 1 else f"*/{wish.number}"
            clock = f"{step} *" if wish.unit == "m" else f"0 {step}"
            return {"cron": f"{clock} * * {days}", "timezone": wish.zone}


def from_schedule(kind: str, expression: str, timezone: str) -> Wish:
    """The wish that a stored schedule grants."""
    if kind == "every":
        found = re.fullmatch(r"([0-9]{1,9}) ?([smhd])", expression)
        if found:
            return Wish(kind=Kind.EVERY, number=int(found[1]), unit=found[2])
    as_written = Wish(kind=Kind.CRON, cron=expression, zone=timezone)
    fields = expression.split()
    if len(fields) != 5 or fields[2:4] != ["*", "*"] or (days := _read_days(fields[4])) is None:
        return as_written
    minute, hour = fields[:2]
    if days != ALL_DAYS:
        for unit, field in (("m", minute if hour == "*" else ""), ("h", hour if minute == "0" else "")):
            step = re.fullmatch(r"\*(?:/([0-9]{1,2}))?", field)
            if step and int(step[1] or 1) in EVEN[unit]:
                return Wish(kind=Kind.EVERY, number=int(step[1] or 1), unit=unit, days=days, zone=timezone)
    minutes, hours = _read_numbers(minute, 59), _read_numbers(hour, 23)
    if not minutes or not hours:
        return as_written
    times = tuple(f"{h:02}:{m:02}" for h, m in product(hours, minutes))
    return Wish(kind=Kind.TIMES, times=times, days=days, zone=timezone)


def say(wish: Wish) -> str:
    """The wish as a sentence, which :func:`read_words` understands."""
    days = "every day" if wish.days == ALL_DAYS else _days_in_words(wish.days)
    zone = f"{zone_in_words(wish.zone)} time"
    match wish.kind:
        case Kind.EVERY:
            unit = UNITS[wish.unit]
            step = f"every {unit[:-1]}" if wish.number == 1 else f"every {wish.number} {unit}"
            return step if wish.days == ALL_DAYS else f"{step}, {days}, {zone}"
        case Kind.TIMES:
            return f"at {_listed(wish.times)}, {days}, {zone}"
        case Kind.CRON:
            return f"cron {wish.cron}, {zone}"


def read_words(text: str) -> Wish:
    """The wish of a sentence such as "every 15 minutes, Monday to Friday, Berlin time".

    Raises:
        InvalidInput: `bad_schedule` or `bad_timezone`.
    """
    text = " ".join(text.split())
    head, zone = text, "UTC"
    if found := re.fullmatch(r"(.*), (\S[^,]*) time", text, re.IGNORECASE):
        head, zone = found[1], zone_of_words(found[2])
    if found := re.fullmatch(r"cron (.+)", head, re.IGNORECASE):
        return Wish(kind=Kind.CRON, cron=found[1], zone=zone)
    head = _IN_SHORT.get(head.lower(), head)
    if found := re.fullmatch(rf"(at {_TIMES})(?:,? (.*))?", head, re.IGNORECASE):
        return Wish(kind=Kind.TIMES, times=_spoken_times(found[1]), days=_read_day_words(found[2] or ""), zone=zone)
    if found := re.fullmatch(rf"(\D*?),? (at {_TIMES})", head, re.IGNORECASE):
        return Wish(kind=Kind.TIMES, times=_spoken_times(found[2]), days=_read_day_words(found[1]), zone=zone)
    if found := re.fullmatch(r"every (?:([0-9]{1,9}) )?(second|minute|hour|day)s?(?:, (.*))?", head, re.IGNORECASE):
        days = _read_day_words(found[3] or "")
        zone = "UTC" if days == ALL_DAYS else zone
        return Wish(kind=Kind.EVERY, number=int(found[1] or 1), unit=found[2][0].lower(), days=days, zone=zone)
    raise _bad(f"{text[:80]!r} is not understood", _EXAMPLES)


def next_runs(schedule: dict[str, str], now: datetime, count: int = 3) -> list[datetime]:
    """The next slots of a schedule as :func:`to_schedule` gives it; InvalidInput when it makes no sense."""
    kind = "every" if "every" in schedule else "cron"
    rhythm = make_rhythm(kind, schedule[kind], schedule.get("timezone", "UTC"))
    runs: list[datetime] = []
    while len(runs) < count:
        runs.append(rhythm.after(runs[-1] if runs else now))
    return runs


# ------------------------------------------------------------------------------------------------------------ weekdays


def _runs_of(days: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for day in days:
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _days_in_words(days: Sequence[int]) -> str:
    parts: list[str] = []
    for first, last in _runs_of(days):
        if last - first >= 2:
            parts.append(f"{DAYS[first]} to {DAYS[last]}")
        else:
            parts += [DAYS[day] for day in range(first, last + 1)]
    return _listed(parts)


def _read_day_words(text: str) -> tuple[int, ...]:
    text = text.lower().removeprefix("on ")
    text = _GROUPS.get(text.removeprefix("every ").removesuffix("s"), text)
    if text in ("", "every day"):
        return ALL_DAYS
    chosen: set[int] = set()
    for part in re.split(r", | and ", text):
        ends = [DAYS.index(day) if (day := name.strip().capitalize()) in DAYS else -1 for name in part.split(" to ")]
        if len(ends) > 2 or -1 in ends or ends[0] > ends[-1]:
            raise _bad(f"{part[:40]!r} are no weekdays", "Write them like: Monday to Friday, or: Monday and Thursday.")
        chosen |= set(range(ends[0], ends[-1] + 1))
    return tuple(sorted(chosen))


def _cron_days(days: tuple[int, ...]) -> str:
    if days == ALL_DAYS:
        return "*"
    return ",".join(
        f"{_CRON_DAYS[first]}-{_CRON_DAYS[last]}" if last > first else _CRON_DAYS[first]
        for first, last in _runs_of(days)
    )


def _read_days(field: str) -> tuple[int, ...] | None:
    """The weekdays of a cron field without steps; None when it is another kind of field."""
    if field == "*":
        return ALL_DAYS
    chosen: set[int] = set()
    for part in field.lower().split(","):
        ends = [_one_day(name) for name in part.split("-")]
        if len(ends) > 2 or None in ends:
            return None
        first, last = ends[0], ends[-1]
        if first is None or last is None or (first > last and len(ends) == 2):
            return None
        chosen |= set(range(first, last + 1))
    return tuple(sorted(chosen))


def _one_day(name: str) -> int | None:
    if name in _CRON_DAYS:
        return _CRON_DAYS.index(name)
    return (int(name) - 1) % 7 if len(name) == 1 and name in "01234567" else None


# --------------------------------------------------------------------------------------------------------- times, zones


def _grid(times: Sequence[str]) -> tuple[str, str]:
    """The minutes and hours that together make just these times."""
    found = [_TIME.fullmatch(time) for time in times]
    if not found or None in found:
        raise _bad("a time of day is missing or is none", "Write times like 08:00, 17:30.")
    pairs = {(int(each[1]), int(each[2])) for each in found if each}
    hours, minutes = sorted({hour for hour, _ in pairs}), sorted({minute for _, minute in pairs})
    if pairs != set(product(hours, minutes)):
        raise _bad(
            "one schedule cannot have different minutes in different hours", "Choose times at the same minutes past."
        )
    return ",".join(map(str, minutes)), ",".join(map(str, hours))


def _read_numbers(field: str, most: int) -> list[int] | None:
    if not re.fullmatch(r"[0-9]{1,2}(,[0-9]{1,2})*", field):
        return None
    numbers = sorted({int(each) for each in field.split(",")})
    return numbers if numbers[-1] <= most else None


def _spoken_times(text: str) -> tuple[str, ...]:
    """Times of day in a sentence, in order: `8am`, `17:00`, `9`, `noon`; InvalidInput `bad_schedule`."""
    named = text.lower().replace("noon", "12pm").replace("midnight", "12am")
    times = set()
    for hour, minute, half in re.findall(r"(\d{1,2})(?::(\d\d))?(?: ?([ap]m))?", named):
        if half and not 1 <= int(hour) <= 12:
            raise _bad(f"{hour} {half} is no time of day", "Write times like 8am, 17:30 or noon.")
        number = int(hour) % 12 + (12 if half == "pm" else 0) if half else int(hour)
        times.add(f"{number:02}:{minute or '00'}")
    if not all(_TIME.fullmatch(time) for time in times):
        raise _bad("a time of day is none", "Write times like 8am, 17:30 or noon.")
    return tuple(sorted(times))


def read_times(text: str) -> tuple[str, ...]:
    """Times of day as people type them: `8:00, 17:30`, with commas or blanks between.

    Raises:
        InvalidInput: `bad_schedule`.
    """
    times = {f"{part:0>5}" for part in re.split(r"[,;\s]+", text.strip()) if part}
    if not times or not all(_TIME.fullmatch(time) for time in times):
        raise _bad("a time of day is missing or is none", "Write times like 08:00, 17:30.")
    return tuple(sorted(times))


@cache
def _zones() -> dict[str, str]:
    return {zone.lower(): zone for zone in available_timezones()}


@cache
def _cities() -> dict[str, list[str]]:
    cities: dict[str, list[str]] = {}
    for zone in _zones().values():
        cities.setdefault(zone.rpartition("/")[2].replace("_", " ").lower(), []).append(zone)
    return cities


def zone_in_words(zone: str) -> str:
    """`Berlin` for Europe/Berlin; the whole name where two zones end alike."""
    city = zone.rpartition("/")[2].replace("_", " ")
    return city if _cities().get(city.lower()) == [zone] else zone


def zone_of_words(words: str) -> str:
    """The zone of `Berlin` or of `Europe/Berlin`; InvalidInput `bad_timezone`."""
    if zone := _zones().get(words.lower()):
        return zone
    found = _cities().get(words.lower(), [])
    if len(found) != 1:
        raise InvalidInput(
            f"There is no time zone {words[:60]!r}."
            if not found
            else f"{words!r} may be {' or '.join(sorted(found))}.",
            code="bad_timezone",
            fix="Write one like Europe/Berlin or UTC.",
        )
    return found[0]


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _bad(what: str, fix: str) -> InvalidInput:
    return InvalidInput(f"The schedule cannot be used: {what}.", code="bad_schedule", fix=fix)
