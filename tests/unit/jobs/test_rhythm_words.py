"""Schedules in words and back (J2): what a form says, what is stored, and what is read aloud are one and the same."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import InvalidInput
from hub.jobs.rhythm_words import (
    ALL_DAYS,
    EVEN,
    Kind,
    Wish,
    from_schedule,
    next_runs,
    read_times,
    read_words,
    say,
    to_schedule,
    zone_in_words,
)

NOW = datetime(2026, 3, 27, 12, tzinfo=UTC)  # two days before clocks are put forward in Europe
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Europe/Istanbul", "America/Argentina/Ushuaia"]
)
some_days = st.sets(st.integers(0, 6), min_size=1, max_size=6).map(lambda days: tuple(sorted(days)))
steps = st.one_of(
    st.builds(lambda n: (n, "m"), st.integers(1, 44_640)), st.builds(lambda n: (n, "h"), st.integers(1, 744))
)
even = st.sampled_from([(number, unit) for unit, numbers in EVEN.items() for number in numbers])
grids = st.builds(
    lambda hours, minutes: tuple(sorted(f"{h:02}:{m:02}" for h in hours for m in minutes)),
    st.sets(st.integers(0, 23), min_size=1, max_size=4),
    st.sets(st.integers(0, 59), min_size=1, max_size=2),
)
wishes = st.one_of(
    st.builds(lambda step: Wish(kind=Kind.EVERY, number=step[0], unit=step[1]), steps),
    st.builds(lambda step, days, zone: Wish(kind=Kind.EVERY, number=step[0], unit=step[1], days=days, zone=zone),
              even, some_days, zones),
    st.builds(lambda times, days, zone: Wish(kind=Kind.TIMES, times=times, days=days, zone=zone),
              grids, some_days | st.just(ALL_DAYS), zones),
)  # fmt: skip


def stored(wish: Wish) -> tuple[str, str, str]:
    schedule = to_schedule(wish)
    kind = "every" if "every" in schedule else "cron"
    return kind, schedule[kind], schedule.get("timezone", "UTC")


@given(wishes)
def test_J2_what_a_form_says_is_stored_and_read_back(wish: Wish) -> None:
    assert from_schedule(*stored(wish)) == wish


@settings(deadline=None)  # time zones are listed once, from the disk
@given(wishes)
def test_J2_a_schedule_in_words_is_understood_again(wish: Wish) -> None:
    assert read_words(say(wish)) == wish
    assert read_words(say(wish).upper()) == wish


@given(wishes.filter(lambda wish: wish.kind is Kind.TIMES or wish.days != ALL_DAYS))
def test_J2_it_runs_on_the_days_and_at_the_times_that_were_said(wish: Wish) -> None:
    for run in next_runs(to_schedule(wish), NOW, 4):
        there = run.astimezone(ZoneInfo(wish.zone))
        assert there.weekday() in wish.days
        skipped = there.date().isoformat() == "2026-03-29" and there.hour == 3  # what the clock skips runs at the jump
        if wish.kind is Kind.TIMES and not skipped:
            assert f"{there:%H:%M}" in wish.times


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("every 15 minutes, Monday to Friday, Berlin time", ("cron", "*/15 * * * mon-fri", "Europe/Berlin")),
        ("every 15 minutes", ("every", "15m", "UTC")),
        ("every hour, Saturday and Sunday, UTC time", ("cron", "0 * * * sat-sun", "UTC")),
        ("at 08:00 and 17:00, every day, New York time", ("cron", "0 8,17 * * *", "America/New_York")),
        ("at 06:30, Monday, Wednesday and Friday, Europe/Berlin time",
         ("cron", "30 6 * * mon,wed,fri", "Europe/Berlin")),
        ("hourly", ("every", "1h", "UTC")),
        ("daily", ("every", "1d", "UTC")),
        ("weekdays at 9", ("cron", "0 9 * * mon-fri", "UTC")),
        ("Every weekday at 9, Berlin time", ("cron", "0 9 * * mon-fri", "Europe/Berlin")),
        ("at 8am and 5pm", ("cron", "0 8,17 * * *", "UTC")),
        ("at 8:30 am, weekends", ("cron", "30 8 * * sat-sun", "UTC")),
        ("every day at noon", ("cron", "0 12 * * *", "UTC")),
        ("daily at 12am and 12pm", ("cron", "0 0,12 * * *", "UTC")),
        ("Monday and Thursday at midnight, UTC time", ("cron", "0 0 * * mon,thu", "UTC")),
        ("at 9 on weekdays", ("cron", "0 9 * * mon-fri", "UTC")),
        ("every 15 minutes, weekdays, Berlin time", ("cron", "*/15 * * * mon-fri", "Europe/Berlin")),
        ("cron 0 6-20 * * mon-fri, Berlin time", ("cron", "0 6-20 * * mon-fri", "Europe/Berlin")),
    ],
)  # fmt: skip
def test_J2_words_become_what_is_stored(words: str, expected: tuple[str, str, str]) -> None:
    assert stored(read_words(words)) == expected


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("*/15 * * * 1-5", "every 15 minutes, Monday to Friday, Berlin time"),
        ("0 9 * * 0", "at 09:00, Sunday, Berlin time"),
        ("0 9 * * 7,6", "at 09:00, Saturday and Sunday, Berlin time"),
        ("0 6-20 * * *", "cron 0 6-20 * * *, Berlin time"),
        ("0 9 1 * *", "cron 0 9 1 * *, Berlin time"),
        ("*/7 * * * mon", "cron */7 * * * mon, Berlin time"),
        ("0 9 * * mon#2", "cron 0 9 * * mon#2, Berlin time"),
    ],
)
def test_J2_a_cron_line_is_said_in_words_where_there_are_words_for_it(expression: str, words: str) -> None:
    assert say(from_schedule("cron", expression, "Europe/Berlin")) == words


@pytest.mark.parametrize(
    "words",
    ["", "now and then", "every", "every 15 bananas", "every 7 minutes, Monday, UTC time",
     "at 25:00, every day, UTC time", "at 08:00, Caturday, UTC time", "every hour, Friday to Monday, UTC time",
     "every hour, Monday, Atlantis time", "at 08:00 and 09:30, every day, UTC time",
     "every 5 minutes, Monday to Tuesday to Friday, UTC time", "at 13pm", "at 0am", "weekdays at 25", "at 8:99",
     "caturdays at 9", "every hour at 9", "hourly at 9", "weekdays"],
)  # fmt: skip
def test_what_is_no_schedule_is_refused_with_a_way_out(words: str) -> None:
    with pytest.raises(InvalidInput) as fault:
        to_schedule(read_words(words))
    assert fault.value.fix


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert to_schedule(read_words(text))


@given(st.sampled_from(["every", "cron", "moon"]), st.text(max_size=40))
def test_any_stored_schedule_can_be_shown(kind: str, expression: str) -> None:
    assert say(from_schedule(kind, expression, "UTC"))


def test_times_are_taken_as_people_type_them() -> None:
    assert read_times(" 17:30,8:00  08:00 ") == ("08:00", "17:30")
    for wrong in ("", "noon", "8", "24:00", "08:60"):
        with pytest.raises(InvalidInput):
            read_times(wrong)


def test_a_zone_of_which_there_are_two_is_named_in_full() -> None:
    assert zone_in_words("Europe/Berlin") == "Berlin"
    assert zone_in_words("Europe/Istanbul") == "Europe/Istanbul"


def test_words_that_are_not_understood_are_answered_with_examples_that_are() -> None:
    with pytest.raises(InvalidInput) as fault:
        read_words("now and then")
    examples = fault.value.fix.removeprefix("Write it like: ").rstrip(".").split("; or: ")
    assert len(examples) == 3
    for example in examples:
        assert to_schedule(read_words(example))
