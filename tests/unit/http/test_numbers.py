"""Numbers go through JSON digit for digit, and nothing inexact gets in or out."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.http import dump_json, read_json

amounts = st.decimals(min_value="-9999999999999.9999999", max_value="9999999999999.9999999", places=7)
documents: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | amounts | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(amounts)
def test_an_amount_comes_back_as_it_was(amount: Decimal) -> None:
    text = dump_json({"Amount": amount}).decode()
    assert "e" not in text.partition(":")[2].lower()
    back = read_json(text)["Amount"]
    assert back == amount
    assert not isinstance(back, float)


@given(documents)
def test_it_writes_what_the_standard_library_reads(document: Any) -> None:
    assert json.loads(dump_json(document), parse_float=Decimal) == document


@given(documents)
def test_the_same_document_is_always_the_same_bytes(document: Any) -> None:
    assert dump_json(document) == dump_json(json.loads(dump_json(document), parse_float=Decimal))


def test_cents_keep_their_zeros_and_zero_has_no_sign() -> None:
    assert dump_json([Decimal("337.50"), Decimal("-0.00"), Decimal("1E+3")]) == b"[337.50,0.00,1000]"


@pytest.mark.parametrize("wrong", [1.5, [1.5], {"a": {"b": 0.1}}, {1: "a"}, object(), {"x": b"y"}])
def test_what_json_cannot_carry_exactly_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError):
        dump_json(wrong)


@pytest.mark.parametrize("wrong", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+999999")])
def test_numbers_that_are_none_are_refused(wrong: Decimal) -> None:
    with pytest.raises(ValueError):
        dump_json(wrong)


@pytest.mark.parametrize("wrong", ['{"a": NaN}', "[Infinity]", "", "{", "[" * 100_000])
def test_what_is_no_json_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        read_json(wrong)


def test_a_number_out_of_all_proportion_is_none_of_json() -> None:
    with pytest.raises(ValueError, match="proportion"):
        read_json("1e" + "9" * 30)
