"""X1, X2: a request written down and read again is the same request, byte for byte, whatever its record holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from hub.adapters import RemoteRef, Request
from hub.jobs.intent import decode, digest, encode, make_key, make_marker
from hub.model import Operation, RecordType, Ref, dump_record, parse_record

DEADLINE = datetime(2026, 1, 1, tzinfo=UTC)
text = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).filter(str.strip)
ids = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=12)
money = st.decimals(Decimal("0.01"), Decimal("99999"), places=2)
tricky = st.sampled_from(['", "record": ', "}", '{"a": 1}, "record": {}', 'O\'Neil \\ "Ö"', "שלום", "😀"]) | text
custom = st.dictionaries(ids, tricky | st.integers() | st.none(), max_size=3)

customers = st.builds(
    lambda name, phone, extra: parse_record(RecordType.CUSTOMER, {"name": name, "notes": phone, **extra}),
    tricky, tricky, custom.map(lambda extra: {f"x_{key}": value for key, value in extra.items()}),
)  # fmt: skip
documents = st.builds(
    lambda number, day, customer, lines: parse_record(
        RecordType.SHIP_DOC,
        {"number": number, "status": "shipped", "date": day.isoformat(), "customer": customer, "currency": "USD",
         "lines": [{"item": "I", "description": words, "quantity": "1", "unit_price": str(price)}
                   for words, price in lines]},
    ),
    ids, st.dates(date(1990, 1, 1)), ids, st.lists(st.tuples(tricky, money), min_size=1, max_size=4),
)  # fmt: skip
refs = st.builds(RemoteRef, type=st.sampled_from(RecordType), remote_id=ids, version=ids, name=tricky)


@st.composite
def requests(draw):
    type, record = draw(
        st.tuples(st.just(RecordType.CUSTOMER), customers) | st.tuples(st.just(RecordType.SHIP_DOC), documents)
    )
    links = draw(st.dictionaries(st.builds(Ref, st.sampled_from(RecordType), ids), refs, max_size=3))
    return Request(
        operation=draw(st.sampled_from(Operation)), type=type, posts_as=draw(ids), source_id=draw(tricky),
        record=record, key=make_key("salt", 1, 1), marker=make_marker("salt", 1), deadline=DEADLINE, links=links,
        remote=draw(st.none() | refs),
    )  # fmt: skip


@given(requests())
def test_X2_a_request_read_again_is_equal_and_is_spelled_the_same(request):
    written = encode(request)
    again = decode(written, request.key, DEADLINE)
    assert again == request
    assert encode(again) == written
    assert digest(encode(again)) == digest(written)


@given(requests())
def test_X2_the_stored_record_may_stand_in_for_its_spelling(request):
    assert encode(request, dump_record(request.record)) == encode(request)


@given(requests())
def test_X2_the_order_of_links_does_not_matter(request):
    from dataclasses import replace

    turned = replace(request, links=dict(reversed(list(request.links.items()))))
    assert encode(turned) == encode(request)


def test_X2_keys_are_fixed_by_connection_request_and_generation():
    keys = {make_key(salt, id, generation) for salt in "ab" for id in (1, 11) for generation in (1, 2, 11)}
    assert len(keys) == 12
    assert make_key("a", 1, 1) == make_key("a", 1, 1)
    assert all(len(key) == 32 for key in keys)


def test_X2_a_marker_is_one_per_request_whatever_the_generation_and_short_enough_for_any_books():
    markers = {make_marker(salt, id) for salt in "ab" for id in (1, 2)}
    assert len(markers) == 4
    assert all(len(marker) <= 40 for marker in markers)
