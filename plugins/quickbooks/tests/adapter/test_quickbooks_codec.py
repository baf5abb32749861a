"""Records and bodies, both ways: what is sent comes back the same, amounts to the cent, and nothing is made up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hub_quickbooks.codec import Book, Company, Entry, decode
from hub_quickbooks.codec.entities import bare, encode, person
from hub_quickbooks.codec.kinds import BY_ENTITY, LISTS, POSTED, kind_for
from hub_quickbooks.codec.lines import priced
from hub_quickbooks.codec.marks import mark_in, marked, memo_in
from hub_quickbooks.settings import QuickBooksSettings
from hypothesis import given
from hypothesis import strategies as st

from hub.http import dump_json, read_json
from hub.model import Line, RecordType, parse_record, record_data, round_money
from hub.model.differences import same
from hub.model.policy import Policy

COMPANY = Company(id="1", name="Acme")
ACCOUNTS = (Entry(id="7", name="Sales"), Entry(id="8", name="Cost"), Entry(id="9", name="Stock"))


def book(lists: dict[RecordType, Any] | None = None, company: Company = COMPANY, **settings: Any) -> Book:
    held = {RecordType.ACCOUNT: ACCOUNTS} if lists is None else lists
    return Book(settings=QuickBooksSettings(**settings), company=company, links={}, lists=held)


words = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters=':"\t'), min_size=1, max_size=30
)
names = words.map(lambda text: " ".join(text.split())).filter(bool)
texts = st.none() | names
prices = st.none() | st.decimals(min_value="0.01", max_value="99999.99", places=2)
addresses = st.none() | st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("line1", "line2", "city", "region", "postal_code", "country"), names)
)
parties = st.fixed_dictionaries(
    {"name": names},
    optional={
        "company_name": texts, "contact_name": texts, "phone": texts, "fax": texts, "website": texts, "notes": texts,
        "email": st.just("a@example.com"), "billing_address": addresses, "shipping_address": addresses,
        "active": st.booleans(),
    },
)  # fmt: skip
items = st.fixed_dictionaries(
    {"name": names, "kind": st.sampled_from(["inventory", "non_inventory", "service"])},
    optional={"sku": texts, "description": texts, "purchase_description": texts, "unit_price": prices,
              "purchase_cost": prices, "active": st.booleans()},
)  # fmt: skip
SET = {"income_account": "Sales", "expense_account": "Cost", "asset_account": "Stock"}


def there_and_back(type: RecordType, data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    record = parse_record(type, {key: value for key, value in data.items() if value is not None})
    asked = book(**SET)
    body = encode(record, type, asked, update=False)
    assert (asked.faults, asked.wanted) == ([], set())
    stored = read_json(dump_json({**body, "Id": "5", "SyncToken": "0"}))
    found = decode(LISTS[type].entity, stored, COMPANY)
    assert found is not None
    return record_data(record), {**found.data, "name": found.name}


@given(parties)
def test_C5_a_customer_that_nobody_touched_is_no_news(data: dict[str, Any]) -> None:
    ours, theirs = there_and_back(RecordType.CUSTOMER, data)
    assert [field for field, value in theirs.items() if not same(ours.get(field), value)] == []


@given(parties, st.none() | names)
def test_C5_a_vendor_that_nobody_touched_is_no_news(data: dict[str, Any], number: str | None) -> None:
    ours, theirs = there_and_back(RecordType.VENDOR, data | {"account_number": number})
    assert [field for field, value in theirs.items() if not same(ours.get(field), value)] == []


@given(items)
def test_C5_an_item_that_nobody_touched_is_no_news(data: dict[str, Any]) -> None:
    ours, theirs = there_and_back(RecordType.ITEM, data)
    theirs = record_data(parse_record(RecordType.ITEM, {k: v for k, v in theirs.items() if v is not None}))
    assert [field for field, value in theirs.items() if not same(ours.get(field), value)] == []


quantities = st.decimals(min_value="0.001", max_value="99999.999", places=3)
unit_prices = st.decimals(min_value="0.0001", max_value="9999.9999", places=4)
discounts = st.decimals(min_value="0", max_value="100", places=2)


@given(quantities, unit_prices, discounts, st.sampled_from(["USD", "JPY", "KWD"]))
def test_X6_quantity_times_price_is_the_amount_or_neither_is_sent(
    quantity: Decimal, price: Decimal, discount: Decimal, currency: str
) -> None:
    document: Any = parse_record(RecordType.SHIP_DOC, {
        "status": "x", "date": "2026-11-24", "customer": "C", "currency": currency,
        "lines": [{"item": "I", "quantity": quantity, "unit_price": price, "discount_percent": discount}],
    })  # fmt: skip
    (line,) = document.lines
    sent = priced(line, currency)
    if sent:
        assert round_money(sent["Qty"] * sent["UnitPrice"], currency) == line.amount == document.total
        assert sent["Qty"] == quantity


def test_a_line_without_quantity_is_sent_with_its_amount_alone() -> None:
    assert priced(Line(quantity=Decimal(0), amount=Decimal("0.00")), "USD") == {}
    assert priced(Line(quantity=Decimal(3), amount=Decimal("10.00")), "USD") == {
        "Qty": Decimal(3), "UnitPrice": Decimal("3.3333333"),
    }  # fmt: skip


@given(st.none() | words, st.integers(0, 2**64))
def test_the_mark_is_found_beside_whatever_people_write(memo: str | None, number: int) -> None:
    marker = f"hub-{number:020x}"
    note = marked(memo, marker)
    assert mark_in(note) == marker
    assert mark_in(f"Voided\n{note}\nseen by Ada") == marker
    assert (memo_in(note) or "") == (memo or "").strip()


def test_the_newest_mark_counts_and_none_is_none() -> None:
    assert mark_in("[hub-aaaaaaaaaaaaaaaaaaaa] [hub-bbbbbbbbbbbbbbbbbbbb]") == "hub-bbbbbbbbbbbbbbbbbbbb"
    assert [mark_in(each) for each in (None, 7, "", "hub-aaaaaaaaaaaaaaaaaaaa")] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("name", "parts"),
    [(None, ("", "")), ("Cher", ("Cher", "")), ("Ada Lovelace", ("Ada", "Lovelace")), (" A  B C ", ("A B", "C"))],
)
def test_a_contact_is_given_and_family_name(name: str | None, parts: tuple[str, str]) -> None:
    assert person(name) == parts


def test_only_the_suffix_of_an_inactive_name_is_taken_off() -> None:
    assert bare("A (deleted)", active=False) == "A"
    assert bare("A (deleted) (deleted)", active=False) == "A"
    assert bare("A (deleted)", active=True) == "A (deleted)"
    assert bare(None, active=False) is None


@pytest.mark.parametrize("word", ["Sales", " sales ", "7", "4000"])
def test_an_account_is_named_by_name_number_or_id(word: str) -> None:
    held = {RecordType.ACCOUNT: (Entry(id="7", name="Income:Sales", number="4000"), Entry(id="8", name="Cost"))}
    asked = book(held)
    assert asked.account(word, "income_account", "x") == {"value": "7"}
    assert asked.faults == []


def test_an_account_that_is_meant_twice_or_inactive_is_not_guessed() -> None:
    twice = (Entry(id="7", name="A:Sales"), Entry(id="8", name="B:Sales"), Entry(id="9", name="Old", active=False))
    for word, why in (("Sales", "not one but 2"), ("Old", "is inactive"), ("None", "no account")):
        asked = book({RecordType.ACCOUNT: twice})
        assert asked.account(word, "income_account", "x") is None
        assert why in asked.faults[0].message


def test_a_list_that_is_not_at_hand_is_asked_for() -> None:
    asked = book({})
    assert asked.account("Sales", "income_account", "x") is None
    assert (asked.wanted, asked.faults) == ({RecordType.ACCOUNT}, [])


def test_amounts_outside_the_us_are_said_to_be_without_tax() -> None:
    from hub_quickbooks.codec.documents import _taxed

    assert _taxed(book(company=Company(id="1", name="x", country="GB"))) == {"GlobalTaxCalculation": "TaxExcluded"}
    assert _taxed(book()) == {}


def test_an_update_says_which_texts_are_empty_and_a_create_does_not() -> None:
    record: Any = parse_record(RecordType.CUSTOMER, {"name": "Ada"})
    create, update = (encode(record, RecordType.CUSTOMER, book(), update=each) for each in (False, True))
    assert create == {"DisplayName": "Ada", "Active": True}
    assert update["PrimaryPhone"] == {"FreeFormNumber": ""}
    assert update["CompanyName"] == ""


@pytest.mark.parametrize("body", [{"Type": "Group"}, {"Type": "Category"}, {}])
def test_items_that_the_hub_has_no_word_for_are_left_out(body: dict[str, Any]) -> None:
    assert decode("Item", {"Id": "1", "Name": "x", **body}, COMPANY) is None
    assert decode("Estimate", {"Id": "1"}, COMPANY) is None
    assert decode("Customer", {}, COMPANY) is None


def test_a_body_with_odd_values_is_read_as_far_as_it_goes() -> None:
    odd = {"Id": "1", "DisplayName": "x", "BillAddr": 7, "PrimaryPhone": None, "Active": "maybe", "GivenName": ["a"]}
    found = decode("Customer", odd, COMPANY)
    assert found is not None
    assert (found.name, found.active, found.data["billing_address"]) == ("x", True, None)
    document = decode("Invoice", {"Id": "1", "TxnDate": "tomorrow", "TotalAmt": "1O0", "Line": [{}]}, COMPANY)
    assert document is not None
    assert (document.date, document.total, document.currency) == (None, None, "USD")


def test_every_type_of_the_policy_has_its_kind_and_nothing_else_is_made_up() -> None:
    policy = Policy()
    for type in RecordType:
        assert kind_for(type, policy.posts_as(type)) is not None, type
    assert kind_for(RecordType.SHIP_DOC, "sales_receipt") is None
    assert len(BY_ENTITY) == len(LISTS) + len(POSTED)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"sandbox_url": "ftp://x"}, "sandbox_url"),
        ({"batch_size": 31}, "batch_size"),
        ({"accounts": "Sales"}, "accounts"),
        ({"time_scale": 5}, "time_scale"),
        ({"nonsense": 1}, "nonsense"),
        ({"inventory_start": "soon"}, "inventory_start"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(given: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        QuickBooksSettings.model_validate(given)


def test_settings_read_words_and_know_where_to_go() -> None:
    settings = QuickBooksSettings.model_validate({"accounts": "Sales=Sales of Product Income, Freight=Shipping Income"})
    assert settings.accounts == {"Sales": "Sales of Product Income", "Freight": "Shipping Income"}
    assert settings.api == "https://quickbooks.api.intuit.com"
    assert QuickBooksSettings(environment="sandbox").api == "https://sandbox-quickbooks.api.intuit.com"
    local = QuickBooksSettings(sandbox_url="http://127.0.0.1:8750/")
    assert {local.api, local.tokens_at, local.authorise_at, local.revoke_at} == {
        "http://127.0.0.1:8750", "http://127.0.0.1:8750/oauth2/v1/tokens/bearer",
        "http://127.0.0.1:8750/connect/oauth2", "http://127.0.0.1:8750/v2/oauth2/tokens/revoke",
    }  # fmt: skip


def test_the_safe_facts_hold_by_default() -> None:
    from hub_quickbooks.limits import capabilities

    safe = capabilities(QuickBooksSettings())
    assert (safe.key_memory, safe.batch_size) == (0, 30)
    assert safe.settle > 120
    assert safe.marks(RecordType.PAYMENT)
    assert not safe.marks(RecordType.CUSTOMER)
