"""A view of the queue and its address are the same thing (Q5); files for spreadsheets hold no formulas."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ErrorClass, InvalidInput
from hub.model import Operation, RecordType
from hub.queue import Filter
from hub.web.advice import CLASSES, CODES, advice
from hub.web.amounts import read_amount, write_amount
from hub.web.look import AGES, BUILT_IN, COLUMNS, SORTED, TABS, Look, read_look, read_query
from hub.web.table import as_csv
from hub.web.words import plain_state

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
amounts = st.decimals(-(10**6), 10**6, places=2).map(lambda each: format(each, "f"))
looks = st.builds(
    Look,
    state=st.sampled_from(list(TABS)),
    type=st.sampled_from(["", *RecordType]),
    operation=st.sampled_from(["", *Operation]),
    error=st.sampled_from(["", *ErrorClass]),
    age=st.sampled_from(["", *AGES]),
    least=st.just("") | amounts,
    most=st.just("") | amounts,
    attempts=st.just("") | st.integers(0, 999).map(str),
    q=st.text(st.characters(categories=("L", "N")), max_size=20),
    sort=st.sampled_from([sign + key for sign in ("", "-") for key in SORTED]),
    group=st.sampled_from(["", "error"]),
    columns=st.sets(st.sampled_from(list(COLUMNS))).map(
        lambda chosen: tuple(each for each in COLUMNS if each in chosen)
    ),
)


@given(looks)
def test_Q5_what_an_address_says_is_what_is_shown(look: Look) -> None:
    assert read_query(look.query()) == look


@given(
    st.decimals(-(10**6), 10**6, allow_nan=False, places=3) | st.decimals(-(10**6), 10**6, places=2),
    st.sampled_from(["en", "de", "fr", "de_CH", "en_IN", "pt", "sv"]),
)
def test_an_amount_means_the_same_in_every_address_and_every_language(amount: Decimal, language: str) -> None:
    locale = Locale.parse(language)
    plain = read_amount(format(amount, "f"))
    assert Decimal(plain) == amount
    assert read_amount(plain, locale) == plain, "an address that somebody sent"
    assert Decimal(read_amount(write_amount(plain, locale), locale)) == amount, "what the page shows"


@given(st.dictionaries(st.sampled_from([*Look.__slots__, "x"]), st.text(max_size=30)))
def test_any_address_is_a_view_or_is_refused(given: dict[str, str]) -> None:
    with suppress(InvalidInput):
        assert Filter(**read_look(given).filter(NOW))


@given(looks, st.booleans())
def test_Q5_a_tab_counts_the_requests_that_it_shows(look: Look, failed: bool) -> None:
    """The counts that the database keeps and the filter agree on every kind of request."""
    error = "conflict" if failed else ""
    chosen = Filter(**Look(state=look.state, type=look.type, operation=look.operation, error=look.error).filter(NOW))
    for state in ("waiting", "locked", "held", "unknown"):
        run: Any = {"type": "item", "operation": "create", "state": state, "error": error}
        if look.state not in ("books", "undone"):
            assert look.matches(run) == chosen.lets_through(type("Run", (), run)())


def test_the_tabs_are_the_plain_states_and_each_request_is_in_one() -> None:
    for state in ("waiting", "locked", "held", "unknown"):
        for error in (None, {"class": "conflict"}):
            run = {"type": "item", "operation": "create", "state": state, "error": "conflict" if error else ""}
            found = [name for name in TABS if name not in ("all", "books", "undone") and Look(state=name).matches(run)]
            assert [TABS[name][0] for name in found] == [plain_state({"state": state, "error": error})]


def test_the_built_in_views_are_views() -> None:
    for _, query in BUILT_IN:
        assert read_query(query).query() == query


def test_an_age_counts_back_from_now() -> None:
    assert Look(age="day", least="1.50").filter(NOW) == {
        "queued_before": NOW - timedelta(days=1), "amount_from": Decimal("1.50"),
    }  # fmt: skip


def test_columns_of_last_time_are_used_where_the_address_names_none() -> None:
    assert read_look({}, remembered="title,nonsense,state").columns == ("state", "title")
    assert read_look({"columns": "amount"}, remembered="title").columns == ("amount",)
    assert dict(parse_qsl(read_look({}, remembered="title").query(columns=()))) == {}


def test_C9_every_class_of_errors_says_what_why_and_what_to_press() -> None:
    assert set(CLASSES) == set(ErrorClass)
    for each in (*CODES.values(), *CLASSES.values()):
        assert each.happened.endswith(".")
        assert each.why.endswith(".")
        assert each.button
        assert each.to in ("conflicts", "connection", "jobs", "record", "retry", "release")
    assert advice({"class": "transient", "code": "E-77"}) is CLASSES["transient"]
    assert advice({"class": "conflict", "code": "duplicate_name"}) is CODES["duplicate_name"]
    assert advice({"class": "of tomorrow", "code": None}) is CLASSES["validation"]


cells = st.text(max_size=8) | st.none() | st.decimals(allow_nan=False, allow_infinity=False)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=4))
def test_no_cell_of_a_file_is_taken_for_a_formula(rows: list[list[Any]]) -> None:
    text = as_csv(["a", "b"], rows).removeprefix("\ufeff")
    for row in list(csv.reader(io.StringIO(text, newline="")))[1:]:
        for cell in row:
            number = cell.removeprefix("-").replace(".", "", 1).isdigit()
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
