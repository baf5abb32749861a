"""Two edits of one base merge field by field; a clash follows the policy and is told (C5)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model import Clash, Merge, Winner, differences, merge

BASE = {"name": "Blue", "phone": "1"}
Data = dict[str, Any]


def merged(source: Data, books: Data, winner: Winner = Winner.SOURCE, base: Data = BASE) -> Merge:
    return merge(base=base, source=source, books=books, winner=winner)


@pytest.mark.parametrize("winner", Winner)
def test_C5_a_field_changed_on_one_side_takes_that_sides_value(winner: Winner) -> None:
    result = merged({"name": "Blue", "phone": "2"}, {"name": "Red", "phone": "1"}, winner)
    assert (result.data, result.clashes, result.from_books) == ({"name": "Red", "phone": "2"}, (), ("name",))


@pytest.mark.parametrize(
    ("winner", "phone", "from_books"),
    [(Winner.SOURCE, "2", ()), (Winner.BOOKS, "3", ("phone",)), (Winner.ASK, "2", ())],
)
def test_C5_a_clash_follows_the_policy_and_is_told(winner: Winner, phone: str, from_books: tuple[str, ...]) -> None:
    result = merged({"name": "Blue", "phone": "2"}, {"name": "Blue", "phone": "3"}, winner)
    assert result.data["phone"] == phone
    assert result.clashes == (Clash(field="phone", base="1", source="2", books="3"),)
    assert result.from_books == from_books


def test_C5_the_same_change_on_both_sides_is_no_clash() -> None:
    same = {"name": "Blue", "phone": "9"}
    assert merged(same, same, Winner.ASK) == Merge(data=same, clashes=(), from_books=())


def test_C5_an_emptied_field_is_a_change_and_an_unkept_one_is_not() -> None:
    emptied = merged(dict(BASE), {"name": "Blue", "phone": None})
    assert (emptied.data, emptied.from_books) == ({"name": "Blue"}, ("phone",))
    assert merged(dict(BASE), {"name": "Blue"}).data == BASE
    ours = merged({"name": "Blue"}, {"name": "Blue", "phone": "3"})
    assert ours.clashes == (Clash(field="phone", base="1", source=None, books="3"),)
    assert ours.data == {"name": "Blue"}


VALUES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 2))
KEPT = st.fixed_dictionaries({field: st.none() | st.integers(0, 2) for field in "abc"})


@given(VALUES, VALUES, KEPT, st.sampled_from(Winner))
def test_C5_no_change_is_lost_without_a_word(base: Data, source: Data, books: Data, winner: Winner) -> None:
    result = merged(source, books, winner, base)
    clashing = {clash.field for clash in result.clashes}
    for field in "abc":
        before, ours, theirs = base.get(field), source.get(field), books[field]
        now = result.data.get(field)
        if ours == theirs:
            assert now == ours
        elif ours == before:
            assert now == theirs
        elif theirs == before:
            assert now == ours
        else:
            assert field in clashing
            assert now == (theirs if winner is Winner.BOOKS else ours)
    assert set(result.from_books) == {field for field in "abc" if result.data.get(field) != source.get(field)}


def test_differences_names_what_changed_came_and_went() -> None:
    assert differences({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5, "d": 4}) == ("b", "c", "d")


def test_C5_an_empty_text_and_none_at_all_are_no_change():
    base = {"phone": "", "address": {"line1": "Obere Str. 57", "line2": "", "custom": {}}}
    books = {"phone": None, "address": {"line1": "Obere Str. 57"}}
    merged = merge(base=base, source=base, books=books, winner=Winner.BOOKS)
    assert (merged.from_books, merged.clashes) == ((), ())
    moved = merge(base=base, source=base, books={"address": {"line1": "Other Str. 1"}}, winner=Winner.BOOKS)
    assert moved.from_books == ("address",)
