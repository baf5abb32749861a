"""Dates and times look alike on every page: as the viewer writes them, where the viewer is."""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from jinja2.runtime import Context

from hub.cli.output import timed as in_a_terminal
from hub.web.pages import day, timed, when


def viewer(locale: str, zone: str) -> Context:
    return cast(Context, {"locale": Locale.parse(locale), "zone": ZoneInfo(zone)})


@pytest.mark.parametrize(("locale", "zone"), [("en_GB", "Europe/Berlin"), ("de", "Europe/Berlin"), ("en_US", "UTC"),
                                              ("ja", "Asia/Tokyo"), ("ar", "Africa/Cairo")])  # fmt: skip
def test_an_instant_begins_with_the_day_as_a_document_has_it(locale: str, zone: str) -> None:
    here = viewer(locale, zone)
    assert day(here, "2026-01-05") in when(here, "2026-01-05T12:30:00+00:00")


@pytest.mark.parametrize(
    ("locale", "zone", "told"),
    [
        ("en_GB", "Europe/Berlin", "6 Jan 2026, 00:30"),
        ("de", "America/New_York", "05.01.2026, 18:30"),
        ("en_US", "UTC", "Jan 5, 2026, 11:30\u202fPM"),
    ],
)
def test_an_instant_is_told_where_the_viewer_is(locale: str, zone: str, told: str) -> None:
    assert when(viewer(locale, zone), "2026-01-05T23:30:00+00:00") == told


def test_instants_within_a_sentence_look_the_same() -> None:
    here: Any = viewer("en_GB", "Europe/Berlin")
    assert timed(here, "busy until 2026-01-05 23:30:00 UTC, 2026-01-05") == "busy until 6 Jan 2026, 00:30, 2026-01-05"
    assert timed(here, None) == ""


@pytest.mark.parametrize("words", ["2026-99-99 99:99:99 UTC", "0001-01-01 00:00:00 UTC", "9999-12-31 23:59:59 UTC"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_what_only_looks_like_an_instant_hides_no_page(words: str, zone: str) -> None:
    assert timed(cast(Any, viewer("en_GB", zone)), f"held until {words}").startswith("held until ")
    assert in_a_terminal(f"held until {words}").startswith("held until ")
