"""Names: one space for customers, vendors and employees, full names in lists, and the suffix of inactive ones (facts §2, §3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest


def test_facts3_customers_vendors_and_employees_share_one_space_without_case(books: Any) -> None:
    books.customer("Acme")
    for kind in ("Customer", "Vendor", "Employee"):
        error = books.refusal(kind.lower(), {"DisplayName": "ACME"})
        assert (error["status"], error["code"], error["Message"]) == (400, "6240", "Duplicate Name Exists Error")
        assert error["Detail"].startswith("The name supplied already exists.")


def test_facts3_the_duplicate_names_the_id_that_bears_the_name(books: Any) -> None:
    acme = books.customer("Acme")
    assert books.refusal("vendor", {"DisplayName": "acme"})["Detail"].endswith(f"Id={acme['Id']}")


def test_facts1_a_customer_without_display_name_gets_one_from_its_parts(books: Any) -> None:
    body = {"Title": "Dr", "GivenName": "Ann", "FamilyName": "Lee", "Suffix": "Jr"}
    assert books.put("Customer", body)["DisplayName"] == "Dr Ann Lee Jr"
    assert books.code_of("Customer", {"CompanyName": "Acme"}) == "6080"


@pytest.mark.parametrize("name", ["a:b", "a\tb", "a\nb", "a\x00b"])
def test_facts1_a_display_name_holds_no_colon_tab_or_line_end(books: Any, name: str) -> None:
    assert books.code_of("Customer", {"DisplayName": name}) == "2040"


@pytest.mark.parametrize(
    ("kind", "field", "most"),
    [
        ("Customer", "DisplayName", 500),
        ("Customer", "GivenName", 100),
        ("Customer", "Title", 16),
        ("Customer", "CompanyName", 100),
        ("Customer", "Notes", 2000),
        ("Vendor", "AcctNum", 100),
        ("Item", "Name", 100),
        ("Item", "Sku", 100),
        ("Item", "Description", 4000),
        ("Item", "PurchaseDesc", 1000),
        ("Account", "Name", 100),
        ("Account", "AcctNum", 7),
    ],
)
def test_facts1_lengths_are_refused_one_beyond_and_taken_at_the_limit(
    books: Any, kind: str, field: str, most: int
) -> None:
    whole = {
        "Customer": {"DisplayName": "n"},
        "Vendor": {"DisplayName": "n"},
        "Item": {"Name": "n", "Type": "Service", "IncomeAccountRef": books.ref("Account", "Services")},
        "Account": {"Name": "n", "AccountType": "Expense"},
    }[kind]
    error = books.refusal(kind.lower(), whole | {field: "x" * (most + 1)})
    assert (error["code"], error["element"]) == ("2050", field)
    assert f"Max:{most}" in error["Detail"]
    assert books.put(kind, whole | {field: "x" * most})[field] == "x" * most


def test_facts2_inactivating_adds_the_suffix_and_frees_the_name(books: Any) -> None:
    ann = books.put("Customer", {"GivenName": "Ann", "DisplayName": "Ann"})
    gone = books.put("Customer", {"Id": ann["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert (gone["DisplayName"], gone["FullyQualifiedName"]) == ("Ann (deleted)", "Ann (deleted)")
    assert (gone["GivenName"], gone["PrintOnCheckName"]) == ("Ann", "Ann")
    assert books.customer("Ann")["Id"] != ann["Id"]
    assert books.code_of("Vendor", {"DisplayName": "ann (DELETED)"}) == "6240"


def test_facts2_reactivating_keeps_the_suffix_until_a_fresh_name_comes(books: Any) -> None:
    item = books.item("Hour")
    off = books.put("Item", {"Id": item["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert off["Name"] == off["FullyQualifiedName"] == "Hour (deleted)"
    on = books.put("Item", {"Id": item["Id"], "SyncToken": "1", "sparse": True, "Active": True})
    assert on["Name"] == "Hour (deleted)"
    named = books.put("Item", {"Id": item["Id"], "SyncToken": "2", "sparse": True, "Active": True, "Name": "Hour"})
    assert named["Name"] == "Hour"


def test_facts2_lists_cannot_be_deleted(books: Any) -> None:
    ann = books.customer("Ann")
    assert books.code_of("Customer", {"Id": ann["Id"], "SyncToken": "0"}, operation="delete") == "500"


def test_facts2_a_balance_or_a_quantity_keeps_an_object_active(books: Any) -> None:
    ann, item, stocked = books.customer("Ann"), books.item("Hour"), books.stocked("Lamp", 5)
    books.invoice(ann, item)
    ann = books.get("Customer", ann["Id"])
    assert (
        books.code_of("Customer", {"Id": ann["Id"], "SyncToken": ann["SyncToken"], "sparse": True, "Active": False})
        == "6220"
    )
    assert books.code_of("Item", {"Id": stocked["Id"], "SyncToken": "0", "sparse": True, "Active": False}) == "6220"


def test_facts9_an_inactive_object_cannot_be_referred_to(books: Any) -> None:
    ann, item = books.customer("Ann"), books.item("Hour")
    books.put("Item", {"Id": item["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    body = {"CustomerRef": {"value": ann["Id"]}, "Line": [books.sale(item, 1)]}
    assert books.code_of("Invoice", body) == "610"
    body["Line"][0]["SalesItemLineDetail"]["ItemRef"] = {"value": "999"}
    assert books.code_of("Invoice", body) == "2500"


def test_facts3_items_and_accounts_are_unique_for_each_parent(books: Any) -> None:
    tools = books.put("Item", {"Name": "Tools", "Type": "Category"})
    child = books.item("Saw", SubItem=True, ParentRef={"value": tools["Id"]})
    assert child["FullyQualifiedName"] == "Tools:Saw"
    assert books.item("Saw")["FullyQualifiedName"] == "Saw"
    body = {"Name": "saw", "Type": "Service", "IncomeAccountRef": books.ref("Account", "Services")}
    assert books.code_of("Item", body) == "6240"
    assert books.code_of("Item", body | {"SubItem": True, "ParentRef": {"value": tools["Id"]}}) == "6240"


def test_facts3_a_renamed_parent_renames_everything_below_it(books: Any) -> None:
    top = books.put("Class", {"Name": "North"})
    mid = books.put("Class", {"Name": "Town", "ParentRef": {"value": top["Id"]}})
    low = books.put("Class", {"Name": "Shop", "ParentRef": {"value": mid["Id"]}})
    assert low["FullyQualifiedName"] == "North:Town:Shop"
    books.put("Class", {"Id": top["Id"], "SyncToken": "0", "sparse": True, "Name": "South"})
    assert books.get("Class", low["Id"])["FullyQualifiedName"] == "South:Town:Shop"
    assert books.put("Class", {"Name": "North"})["FullyQualifiedName"] == "North"


def test_facts9_at_most_five_levels_and_no_circle(books: Any) -> None:
    above: dict[str, Any] | None = None
    chain = []
    for level in range(5):
        more = {} if above is None else {"Job": True, "ParentRef": {"value": above["Id"]}}
        above = books.customer(f"C{level}", **more)
        chain.append(above)
    assert chain[-1]["FullyQualifiedName"] == "C0:C1:C2:C3:C4"
    assert (
        books.code_of("Customer", {"DisplayName": "C5", "Job": True, "ParentRef": {"value": chain[-1]["Id"]}}) == "6180"
    )
    first = chain[0]
    circle = {"Id": first["Id"], "SyncToken": "0", "sparse": True, "Job": True, "ParentRef": {"value": chain[1]["Id"]}}
    assert books.code_of("Customer", circle) == "6180"


def test_a_job_adds_to_the_balance_of_its_parents_with_jobs_only(books: Any) -> None:
    top = books.customer("Top")
    job = books.customer("Job", Job=True, ParentRef={"value": top["Id"]})
    books.invoice(job, books.item("Hour"), 40)
    shown = books.get("Customer", top["Id"])
    assert (shown["Balance"], shown["BalanceWithJobs"]) == (0, 40)
    assert books.get("Customer", job["Id"])["Balance"] == 40


def test_facts1_an_inventory_item_must_have_its_accounts_quantity_and_start(books: Any) -> None:
    good = books.stocked("Lamp")
    assert (good["QtyOnHand"], good["TrackQtyOnHand"]) == (10, True)
    body = {
        name: good[name]
        for name in ("Type", "QtyOnHand", "InvStartDate", "AssetAccountRef", "IncomeAccountRef", "ExpenseAccountRef")
    }
    body |= {"Name": "Desk", "TrackQtyOnHand": True}
    for name in ("QtyOnHand", "InvStartDate", "AssetAccountRef"):
        assert books.code_of("Item", {key: value for key, value in body.items() if key != name}) == "2020"
    wrong = body | {"ExpenseAccountRef": books.ref("Account", "Office Expenses")}
    assert books.code_of("Item", wrong) == "6000"


def test_facts1_the_type_of_an_inventory_item_stays(books: Any) -> None:
    lamp = books.stocked("Lamp", 0)
    assert books.code_of("Item", {"Id": lamp["Id"], "SyncToken": "0", "sparse": True, "Type": "Service"}) == "2120"


def test_facts1_the_quantity_of_an_item_changes_through_documents_only(books: Any) -> None:
    lamp = books.stocked("Lamp", 10)
    same = books.put("Item", {"Id": lamp["Id"], "SyncToken": "0", "sparse": True, "QtyOnHand": 99})
    assert (same["QtyOnHand"], same["SyncToken"]) == (10, "0")
    start = {"Id": lamp["Id"], "SyncToken": "0", "sparse": True, "QtyOnHand": 99, "InvStartDate": "2020-02-01"}
    assert books.put("Item", start)["QtyOnHand"] == 99


def test_a_service_needs_an_account_and_a_bundle_is_not_modelled(books: Any) -> None:
    assert books.code_of("Item", {"Name": "X", "Type": "Service"}) == "2020"
    error = books.refusal("item", {"Name": "X", "Type": "Group"})
    assert error["code"] == "6000"
    assert "does not model" in error["Detail"]


def test_facts1_accounts_need_a_type_or_subtype_and_get_their_class(books: Any) -> None:
    account = books.put("Account", {"Name": "Till", "AccountSubType": "Savings"})
    assert (account["AccountType"], account["Classification"]) == ("Bank", "Asset")
    assert books.code_of("Account", {"Name": "None"}) == "2020"
    assert books.code_of("Account", {"Name": "None", "AccountType": "Pocket"}) == "2170"
    assert books.code_of("Account", {"Name": 'Quo"te', "AccountType": "Bank"}) == "2040"


def test_a_foreign_currency_is_refused_until_multicurrency_is_on(books: Any) -> None:
    body = {"DisplayName": "Euro", "CurrencyRef": {"value": "EUR"}}
    assert books.code_of("Customer", body) == "6000"
    preferences = books.ok("preferences")["Preferences"]
    change = {"SyncToken": preferences["SyncToken"], "sparse": True, "CurrencyPrefs": {"MultiCurrencyEnabled": True}}
    books.ok("preferences", change)
    euro = books.put("Customer", body)
    assert euro["CurrencyRef"] == {"value": "EUR", "name": "Euro"}
    item = books.item("Hour")
    sold = {"CustomerRef": {"value": euro["Id"]}, "Line": [books.sale(item, 10)]}
    assert books.code_of("Invoice", sold) == "2020"
    assert books.code_of("Invoice", sold | {"CurrencyRef": {"value": "USD"}}) == "6000"
    invoice = books.put("Invoice", sold | {"CurrencyRef": {"value": "EUR"}, "ExchangeRate": Decimal("1.1")})
    assert (invoice["TotalAmt"], invoice["HomeTotalAmt"]) == (10, 11)


@pytest.mark.parametrize("kind", ["TaxCode", "TaxRate"])
def test_tax_codes_are_read_only(books: Any, kind: str) -> None:
    assert len(books.query(f"SELECT * FROM {kind}")[kind]) == 3
    assert books.code_of(kind, {"Name": "Mine"}) == "500"
