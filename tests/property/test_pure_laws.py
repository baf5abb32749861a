"""Laws of the pure parts: resending, three-way merge, names, money, and records there and back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.adapters import Capabilities, NameRule
from hub.model import (
    RecordType,
    Winner,
    differences,
    dump_record,
    line_amount,
    load_record,
    merge,
    minor_digits,
    parse_record,
    posted_digest,
    record_data,
    references,
    round_money,
)
from hub.model.money import plain
from hub.queue.doubt import Doubt, Step, next_step

settings.register_profile("laws", deadline=None, derandomize=True, max_examples=300)
LAWS = settings.get_profile("laws")
START = datetime(2026, 1, 5, tzinfo=UTC)

# --- resending (X3) ---

seconds = st.floats(0, 2000, allow_nan=False)


@given(
    seconds,
    seconds,
    seconds,
    st.sampled_from([0.0, 1.0, 30.0, 600.0, 900.0]),
    st.sampled_from([0.0, 5.0, 300.0, 700.0]),
)
@LAWS
def test_X3_a_key_is_resent_only_while_it_is_surely_remembered(
    first: float, later: float, leaves: float, memory: float, settle: float
) -> None:
    now = START + timedelta(seconds=first + later)
    doubt = Doubt(first_sent=START + timedelta(seconds=first), last_sent=START + timedelta(seconds=first + later / 2))
    books = Capabilities(types={}, key_memory=memory, settle=settle)
    given_up_by = now + timedelta(seconds=leaves)
    step, until = next_step(now, doubt, books, given_up_by)
    last_landing = given_up_by + timedelta(seconds=settle)
    forgotten = doubt.first_sent + timedelta(seconds=memory)
    match step:
        case Step.RESEND:
            assert memory > 0
            assert last_landing < forgotten
        case Step.WAIT:
            assert now < until
            assert until == doubt.last_sent + timedelta(seconds=settle)
        case Step.SEARCH:
            assert now >= doubt.last_sent + timedelta(seconds=settle), "the last sending may still land"
    assert not (memory == 0 and step is Step.RESEND)


# --- three-way merge (C5) ---

values = st.sampled_from(["a", "b", "c", None])
sides = st.dictionaries(st.sampled_from("fgh"), values, max_size=3)
present = st.dictionaries(st.sampled_from("fgh"), st.sampled_from("abc"), max_size=3)


@given(base=sides, source=present, books=sides, winner=st.sampled_from(Winner))
@LAWS
def test_C5_merge_keeps_every_one_sided_change_and_gives_clashes_to_the_winner(
    base: dict, source: dict, books: dict, winner: Winner
) -> None:
    done = merge(base=base, source=source, books=books, winner=winner)
    clashed = {clash.field for clash in done.clashes}
    for field in books.keys() | source.keys() | base.keys():
        ours, theirs, before, got = source.get(field), books.get(field), base.get(field), done.data.get(field)
        if field not in books:
            assert got == ours
        elif ours == theirs:
            assert got == ours
            assert field not in clashed
        elif theirs == before:
            assert got == ours, "changed here only"
            assert field not in clashed
        elif ours == before:
            assert got == theirs, "changed there only"
            assert field not in clashed
        else:
            assert field in clashed
            assert got == (theirs if winner is Winner.BOOKS else ours)
        assert (field in done.from_books) == (field in books and got == theirs != ours)


@given(base=sides, source=present, books=sides, winner=st.sampled_from(Winner))
@LAWS
def test_C5_merging_again_with_what_was_agreed_changes_nothing(
    base: dict, source: dict, books: dict, winner: Winner
) -> None:
    once = merge(base=base, source=source, books=books, winner=winner)
    again = merge(base=books, source=once.data, books=books, winner=winner)
    assert again.data == once.data
    assert not again.clashes


@given(source=present, books=sides, winner=st.sampled_from(Winner))
@LAWS
def test_C5_who_changed_nothing_overrides_nothing(source: dict, books: dict, winner: Winner) -> None:
    assert merge(base=source, source=source, books=dict(source), winner=winner).data == source
    unchanged_there = {field: source.get(field) for field in books}
    assert merge(base=books, source=source, books=unchanged_there, winner=winner).data == source


@given(present, present)
@LAWS
def test_C5_differences_are_symmetric_and_empty_exactly_for_equals(old: dict, new: dict) -> None:
    assert differences(old, new) == differences(new, old)
    assert (differences(old, new) == ()) == (old == new)


# --- names (C4) ---


@given(st.text(), st.booleans(), st.booleans())
@LAWS
def test_C4_normalising_a_name_twice_changes_nothing(name: str, ignore_case: bool, collapse: bool) -> None:
    rule = NameRule(ignore_case=ignore_case, collapse_spaces=collapse)
    assert rule.normalise(rule.normalise(name)) == rule.normalise(name)


@given(st.text(alphabet="aAbB éÉ\u0301", min_size=1))
@LAWS
def test_C4_case_and_spaces_do_not_make_another_name(name: str) -> None:
    rule = NameRule()
    assert rule.normalise(f"  {name.upper()}  ") == rule.normalise(name.lower())


# --- money (X6) ---

amounts = st.decimals(-(10**9), 10**9, places=4)
percents = st.decimals(0, 100, places=2)
currencies = st.sampled_from(["USD", "EUR", "JPY", "KWD", "CLF"])


@given(amounts, st.decimals(0, 10**6, places=4), percents, currencies)
@LAWS
def test_X6_a_line_is_rounded_once_and_half_up(
    price: Decimal, quantity: Decimal, percent: Decimal, currency: str
) -> None:
    exact = quantity * price * (100 - percent) / 100
    amount = line_amount(quantity, price, percent, currency)
    digits = minor_digits(currency)
    assert digits is not None
    unit = Decimal(1).scaleb(-digits)
    assert abs(amount - exact) <= unit / 2
    assert amount == round_money(amount, currency)
    assert -amount == line_amount(quantity, -price, percent, currency)
    if abs(amount - exact) == unit / 2:
        assert abs(amount) > abs(exact)


@given(st.decimals(-(10**12), 10**12, places=6), st.integers(0, 4))
@LAWS
def test_X6_plain_numbers_keep_their_value_and_have_one_spelling(value: Decimal, places: int) -> None:
    assert plain(value, places) == value
    assert str(plain(plain(value, places), places)) == str(plain(value, places))
    assert str(plain(value + Decimal("0.000000"), places)) == str(plain(value, places))
    assert "E" not in str(plain(value, places)).upper() or abs(value) < Decimal("0.000001")
    decimals = -int(plain(value, places).as_tuple().exponent)
    assert decimals >= places


# --- records there and back ---

words = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20).filter(
    lambda s: s.strip()
)
ids = st.text("abcXYZ0189-_/ é", min_size=1, max_size=12).filter(lambda s: s.strip())
scalars = st.none() | st.booleans() | st.integers(-999, 999) | words
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(words, inner, max_size=2), max_leaves=4
)
prices = st.decimals(0, 10**6, places=3).map(str)
days = st.dates(date(2000, 1, 1), date(2030, 1, 1)).map(str)


def _optional(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


_addresses = _optional(line1=words, city=words, country=words)
_parties = st.builds(
    lambda name, rest: {"name": name, **rest},
    words, _optional(email=words, phone=words, billing_address=_addresses, currency=currencies, active=st.booleans(),
                     notes=words, custom=st.dictionaries(ids, json_values, max_size=2)),
)  # fmt: skip
_items = st.builds(
    lambda name, rest: {"name": name, **rest},
    words, _optional(kind=st.sampled_from(["inventory", "non_inventory", "service"]), sku=words, unit_price=prices,
                     purchase_cost=prices, income_account=ids, vendor=ids),
)  # fmt: skip
_lines = st.lists(
    st.builds(
        lambda price, rest: {"unit_price": price, **rest},
        prices, _optional(item=ids, description=words, quantity=st.decimals(0, 1000, places=3).map(str),
                          discount_percent=percents.map(str), tax_code=ids, **{"class": ids}),
    ), min_size=1, max_size=3,
)  # fmt: skip
_documents = st.builds(
    lambda day, party, lines, rest: {"status": "shipped", "date": day, "customer": party, "lines": lines, **rest},
    days, ids, _lines, _optional(number=words, currency=currencies, memo=words, reference=words, due_date=days,
                                 fully_recorded=st.booleans(), shipping_address=_addresses),
)  # fmt: skip
_payments = st.builds(
    lambda day, party, cents, rest: {
        "status": "recorded", "date": day, "customer": party, "amount": str(Decimal(cents) / 100),
        "applied_to": [{"source_id": "S1", "amount": str(Decimal(cents) / 100)}], **rest,
    },
    days, ids, st.integers(1, 10**8), _optional(number=words, gateway_processed=st.booleans(), payment_method=ids),
)  # fmt: skip
RECORDS = {"customer": _parties, "vendor": _parties, "item": _items, "ship_doc": _documents, "payment": _payments}


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data())
@LAWS
def test_a_record_comes_back_from_its_text_as_it_was(name: str, data: st.DataObject) -> None:
    type = RecordType(name)
    given_data = data.draw(RECORDS[name])
    record = parse_record(type, given_data)
    text = dump_record(record)
    again = load_record(type, text)
    assert again == record
    assert dump_record(again) == text
    assert references(again) == references(record)
    assert posted_digest(again) == posted_digest(record)
    spelled = json.loads(json.dumps(record_data(record)))
    assert parse_record(type, spelled) == record
    assert dump_record(parse_record(type, spelled)) == text


@given(_documents, st.data())
@LAWS
def test_Q14_only_posted_content_changes_the_digest(document: dict, data: st.DataObject) -> None:
    record = parse_record(RecordType.SHIP_DOC, document)
    moved = parse_record(RecordType.SHIP_DOC, {**document, "status": "closed", "fully_recorded": False})
    assert posted_digest(moved) == posted_digest(record)
    memo = data.draw(words)
    assume(memo != document.get("memo"))
    edited = parse_record(RecordType.SHIP_DOC, {**document, "memo": memo})
    assert posted_digest(edited) != posted_digest(record)
