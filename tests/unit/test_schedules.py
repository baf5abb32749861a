"""When schedules are due: the grid of intervals, cron's meaning of weekdays, and days when clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import InvalidInput
from hub.jobs.rhythm import LATE, Every, Rhythm, asked_at, due_slot, make_rhythm, next_asking, read_every

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def cron(expression: str, zone: str = "UTC") -> Rhythm:
    return make_rhythm("cron", expression, zone)


def slots(rhythm: Rhythm, start: datetime, count: int) -> list[datetime]:
    found = []
    for _ in range(count):
        start = rhythm.after(start)
        found.append(start)
    return found


def utc(rhythm: Rhythm, start: datetime, count: int) -> list[str]:
    return [f"{slot:%d %H:%M}" for slot in slots(rhythm, start, count)]


# --- intervals ---


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("15m", 900), ("2h", 7200), ("1d", 86400), (" 10 S ", 10), ("31d", 2678400)]
)
def test_an_interval_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert read_every(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "-5m", "1.5h", "9s", "0s", "32d", "1w", "1h30m", "٣m", "9" * 30 + "s"])
def test_other_intervals_are_refused_in_plain_words(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_every(text)
    assert caught.value.code == "bad_schedule"
    assert caught.value.fix


def test_intervals_lie_on_one_grid_whoever_counts_them() -> None:
    every = make_rhythm("every", "15m", "UTC")
    assert every.after(at("2026-05-04T10:07:31")) == at("2026-05-04T10:15")
    assert every.after(at("2026-05-04T10:15")) == at("2026-05-04T10:30")
    assert every.latest(at("2026-05-04T10:15")) == at("2026-05-04T10:15")
    assert every.latest(at("2026-05-04T10:29:59.999999")) == at("2026-05-04T10:15")


def test_a_slot_more_than_a_day_old_is_let_go() -> None:
    every = Every(timedelta(days=31))
    slot = every.after(at("2026-05-04T00:00"))
    assert every.latest(slot + timedelta(hours=23)) == slot
    assert every.latest(slot + timedelta(hours=25)) is None
    monthly = cron("0 6 1 * *")
    assert monthly.latest(at("2026-05-02T05:59")) == at("2026-05-01T06:00")
    assert monthly.latest(at("2026-05-02T06:01")) is None


# --- cron ---


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", "Sun"),
        ("7", "Sun"),
        ("1", "Mon"),
        ("6", "Sat"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("5-7", "Fri Sat Sun"),
        ("0-2", "Mon Tue Sun"),
        ("6,0", "Sat Sun"),
        ("*/2", "Tue Thu Sat Sun"),
        ("1-5/2", "Mon Wed Fri"),
        ("3/2", "Wed Fri"),
        ("mon-fri", "Mon Tue Wed Thu Fri"),
        ("SUN", "Sun"),
        ("fri-sun", "Fri Sat Sun"),
        ("sun-tue", "Mon Tue Sun"),
        ("sun-sun", "Sun"),
        ("mon,3,sat-7", "Mon Wed Sat Sun"),
        ("*", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)
def test_weekdays_are_numbered_as_cron_does(field: str, days: str) -> None:
    monday = at("2026-05-03T23:00")  # the evening before Monday, 4 May
    week = [slot for slot in slots(cron(f"0 6 * * {field}"), monday, 7) if slot < monday + timedelta(days=7)]
    assert " ".join(f"{slot:%a}" for slot in week) == days


def test_day_of_month_and_weekday_together_mean_either_as_in_cron() -> None:
    assert utc(cron("0 6 13 * 5"), at("2026-02-01T00:00"), 5) == [
        "06 06:00",
        "13 06:00",  # a Friday and the 13th: once
        "20 06:00",
        "27 06:00",
        "06 06:00",
    ]
    assert utc(cron("0 6 10 * fri"), at("2026-02-08T00:00"), 2) == ["10 06:00", "13 06:00"]
    assert utc(cron("0 6 31 2 mon"), at("2026-02-01T00:00"), 2) == ["02 06:00", "09 06:00"]


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "* * * * mo",
        "* * * * 5-2",
        "* * * * 1-",
        "* * * * 2nd",
        "٣ * * * *",
        "a * * * *",
        "*/0 * * * *",
        "30-10 * * * *",
        "0 0 30 2 *",
        "@daily",
        "every 5 minutes",
    ],
)
def test_cron_expressions_that_mean_nothing_are_refused_in_plain_words(expression: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        cron(expression)
    assert caught.value.code == "bad_schedule"
    assert caught.value.fix
    assert "\n" not in caught.value.message


def test_a_leap_day_is_waited_for() -> None:
    assert cron("0 6 29 2 *").after(at("2026-03-01T00:00")) == at("2028-02-29T06:00")


@pytest.mark.parametrize(
    "zone", ["", "Berlin", "Europe/Nowhere", "../etc/passwd", "/etc/localtime", "Europe", "CEST+1"]
)
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        cron("0 6 * * *", zone)
    assert caught.value.code == "bad_timezone"


def test_cron_follows_the_clock_of_its_zone() -> None:
    assert cron("0 6 * * *", BERLIN).after(at("2026-01-10T00:00")) == at("2026-01-10T05:00")
    assert cron("0 6 * * *", BERLIN).after(at("2026-07-10T00:00")) == at("2026-07-10T04:00")
    assert cron("30 9 * * *", "Asia/Kolkata").after(at("2026-07-10T00:00")) == at("2026-07-10T04:00")
    assert cron("0 1 * * mon", "Pacific/Auckland").after(at("2026-07-10T00:00")) == at("2026-07-12T13:00")


# --- spring: in Berlin, 29 March 2026, the clock jumps from 2:00 to 3:00 at 01:00 UTC ---


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("30 2 * * *", ["28 01:30", "29 01:00", "30 00:30"]),  # 2:30 does not exist: fires at the jump
        ("0 2 * * *", ["28 01:00", "29 01:00", "30 00:00"]),
        ("0 3 * * *", ["28 02:00", "29 01:00", "30 01:00"]),
        ("0,30 2,3 * * *", ["28 01:00", "28 01:30", "28 02:00", "28 02:30", "29 01:00", "29 01:30", "30 00:00"]),
        ("0 1 * * *", ["28 00:00", "29 00:00", "29 23:00"]),
    ],
)
def test_a_time_that_the_clock_skips_in_spring_fires_once_when_it_jumps(expression: str, fires: list[str]) -> None:
    assert utc(cron(expression, BERLIN), at("2026-03-27T23:30"), len(fires)) == fires


def test_frequent_runs_go_on_evenly_in_spring() -> None:
    found = slots(cron("*/20 * * * *", BERLIN), at("2026-03-28T12:00"), 72)
    assert {later - slot for slot, later in pairwise(found)} == {timedelta(minutes=20)}


# --- autumn: in Berlin, 25 October 2026, the hour from 2:00 to 3:00 comes twice, from 00:00 and from 01:00 UTC ---


@pytest.mark.parametrize(
    ("expression", "fires"),
    [
        ("30 2 * * *", ["24 00:30", "25 00:30", "26 01:30"]),
        ("0 3 * * *", ["24 01:00", "25 02:00", "26 02:00"]),
        ("0,30 2,3 * * *", ["24 00:00", "24 00:30", "24 01:00", "24 01:30", "25 00:00", "25 00:30", "25 02:00"]),
    ],
)
def test_a_time_that_comes_twice_in_autumn_fires_the_first_time_only(expression: str, fires: list[str]) -> None:
    assert utc(cron(expression, BERLIN), at("2026-10-23T23:30"), len(fires)) == fires


def test_frequent_runs_go_on_evenly_in_autumn() -> None:
    found = slots(cron("*/20 * * * *", BERLIN), at("2026-10-24T12:00"), 72)
    assert {later - slot for slot, later in pairwise(found)} == {timedelta(minutes=20)}


def test_a_midnight_that_the_clock_skips_fires_too() -> None:
    # São Paulo, 4 November 2018: from 0:00 to 1:00, at 03:00 UTC. APScheduler alone leaves that day out.
    assert utc(cron("0 0 * * *", "America/Sao_Paulo"), at("2018-11-02T12:00"), 3) == [
        "03 03:00",
        "04 03:00",
        "05 02:00",
    ]


EXPRESSIONS = ["*/15 * * * *", "30 2 * * *", "0 0 * * *", "5,50 1-3 * * *", "0 */2 * * *", "0 6 13 * 5", "59 23 * * 0"]
ZONES = ["UTC", BERLIN, "America/Sao_Paulo", "Australia/Lord_Howe", "America/St_Johns"]
INSTANTS = st.datetimes(datetime(2018, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@given(st.sampled_from(EXPRESSIONS), st.sampled_from(ZONES), INSTANTS)
def test_slots_rise_and_the_latest_one_is_the_last_that_came(expression: str, zone: str, instant: datetime) -> None:
    rhythm = cron(expression, zone)
    first, second = slots(rhythm, instant, 2)
    assert instant < first < second
    assert first.utcoffset() == timedelta(0)
    assert first.microsecond == 0
    for now in (first, first + (second - first) / 2, second - timedelta(microseconds=1)):
        assert rhythm.latest(now) == (first if now - first <= LATE else None)


# --- jitter ---


@given(st.sampled_from(["10s", "15m", "1d"]), st.integers(0, 9), INSTANTS, st.text(max_size=5))
def test_jitter_delays_the_asking_and_never_changes_the_slot(
    every: str, jitter: int, instant: datetime, salt: str
) -> None:
    rhythm = make_rhythm("every", every, "UTC")
    asking = next_asking(rhythm, instant, jitter, salt)
    slot = due_slot(rhythm, asking, jitter, salt)
    assert slot is not None
    assert slot <= asking <= slot + timedelta(seconds=jitter)
    assert asking < rhythm.after(slot)
    assert slot == rhythm.latest(slot)
    assert due_slot(rhythm, asking - timedelta(microseconds=1), jitter, salt) != slot


def test_jitter_longer_than_the_gap_still_asks_for_every_slot() -> None:
    rhythm = cron("* * * * *")
    now, asked = at("2026-05-04T10:00:59"), []
    for _ in range(30):
        now = next_asking(rhythm, now, 3600, "7")
        asked.append(due_slot(rhythm, now, 3600, "7"))
    assert asked == slots(rhythm, at("2026-05-04T10:00"), 30)


def test_jitter_spreads_connections() -> None:
    slot = at("2026-05-04T10:00")
    rhythm = make_rhythm("every", "1h", "UTC")
    spread = {asked_at(rhythm, slot, 600, str(connection)) for connection in range(100)}
    assert len(spread) > 95
    assert max(spread) - min(spread) > timedelta(minutes=8)


def test_a_node_that_slept_asks_once_for_the_last_slot() -> None:
    rhythm = make_rhythm("every", "15m", "UTC")
    woke = at("2026-05-04T18:07")
    assert due_slot(rhythm, woke, 0, "1") == at("2026-05-04T18:00")
    assert next_asking(rhythm, woke, 0, "1") == at("2026-05-04T18:15")
