"""Webhooks, settings, companies, preferences, the log and the page for a person (facts §7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hub_quickbooks.sandbox.calls import Call
from hub_quickbooks.sandbox.journal import Journal
from hub_quickbooks.sandbox.webhooks import RETRIES


def control(books: Any, path: str, body: Any = None, method: str = "POST") -> Any:
    answer = books.send(method, f"/sandbox/{path}", b"" if body is None else json.dumps(body).encode(), token="")
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


def test_facts7_a_notification_is_signed_and_names_what_changed_as_cloud_events(books: Any) -> None:
    control(books, "webhooks", {"address": "http://127.0.0.1:1/hook", "verifier": "v"})
    ann = books.customer("Ann")
    body, headers, count = books.sandbox.webhooks.next()
    expected = base64.b64encode(hmac.new(b"v", body, hashlib.sha256).digest()).decode()
    assert (headers["intuit-signature"], count) == (expected, 1)
    (event,) = json.loads(body)
    assert (event["specversion"], event["type"]) == ("1.0", "qbo.customer.created.v1")
    assert (event["intuitentityid"], event["intuitaccountid"], event["data"]) == (ann["Id"], books.realm, {})


def test_facts7_the_legacy_format(books: Any) -> None:
    control(books, "webhooks", {"address": "http://127.0.0.1:1/hook", "format": "legacy"})
    invoice = books.invoice(books.customer("Ann"), books.item("Hour"))
    books.put("Invoice", {"Id": invoice["Id"], "SyncToken": "0"}, operation="void")
    books.put("Invoice", {"Id": invoice["Id"], "SyncToken": "1"}, operation="delete")
    (notice,) = json.loads(books.sandbox.webhooks.next()[0])["eventNotifications"]
    entities = notice["dataChangeEvent"]["entities"]
    assert notice["realmId"] == books.realm
    assert [(one["name"], one["operation"]) for one in entities] == [
        ("Customer", "Create"), ("Item", "Create"), ("Invoice", "Create"), ("Invoice", "Void"), ("Invoice", "Delete"),
    ]  # fmt: skip


def test_facts7_a_merge_names_the_dead_id(books: Any) -> None:
    one, two = books.customer("Acme"), books.customer("Acme Inc")
    control(books, "webhooks", {"address": "http://127.0.0.1:1/hook"})
    control(books, "merge", {"entity": "Customer", "loser": one["Id"], "winner": two["Id"]})
    (event,) = json.loads(books.sandbox.webhooks.next()[0])
    assert (event["type"], event["intuitentityid"], event["data"]) == (
        "qbo.customer.merged.v1",
        two["Id"],
        {"deletedid": one["Id"]},
    )


def test_facts7_a_notification_that_is_not_taken_comes_again_on_the_real_plan(make: Any) -> None:
    books = make(speed=10)
    control(books, "webhooks", {"address": "http://127.0.0.1:1/hook"})
    books.customer("Ann")
    hooks = books.sandbox.webhooks
    assert [hooks.refused() for _ in range(9)] == [one / 10 for one in (*RETRIES, RETRIES[-1])]
    assert hooks.next()[2] == 1
    hooks.taken(1)
    assert hooks.next() is None


def test_without_an_address_nothing_waits(books: Any) -> None:
    books.customer("Ann")
    assert books.sandbox.webhooks.next() is None


@pytest.mark.parametrize("body", [{"address": 5}, {"address": "ftp://x"}, {"format": "fax"}, {"colour": "red"}])
def test_a_wrong_webhook_setting_is_refused(books: Any, body: Any) -> None:
    assert books.send("POST", "/sandbox/webhooks", json.dumps(body).encode(), token="").status == 400


def test_settings_are_shown_and_changed(books: Any) -> None:
    assert control(books, "settings", method="GET")["requestid"] == "honoured"
    assert control(books, "settings", {"requestid": 5})["requestid"] == "5"


@pytest.mark.parametrize(
    "body", [{"colour": "red"}, {"requestid": "often"}, {"requestid": 0}, {"related": []}, {"related": "x"}]
)
def test_a_wrong_setting_is_refused(books: Any, body: Any) -> None:
    assert books.send("POST", "/sandbox/settings", json.dumps(body).encode(), token="").status == 400


def test_another_page_cannot_give_orders(books: Any) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    assert books.send("DELETE", "/sandbox/faults", headers=headers, token="").status == 403


def test_a_company_can_be_added_and_each_has_its_own_books(books: Any) -> None:
    shown = control(books, "companies", {"CompanyName": "Second"})["companies"]
    assert [one["CompanyName"] for one in shown] == ["Sandbox Company_US_1", "Second"]
    assert len({one["realmId"] for one in shown}) == 2


def test_a_new_company_has_what_quickbooks_sets_up(books: Any) -> None:
    counts = {
        kind: books.query(f"SELECT COUNT(*) FROM {kind}")["totalCount"]
        for kind in ("Account", "Term", "Class", "PaymentMethod", "TaxCode")
    }
    assert min(counts.values()) >= 3
    for type in ("Accounts Receivable", "Accounts Payable", "Bank", "Income", "Cost of Goods Sold"):
        assert books.query(f"SELECT * FROM Account WHERE AccountType = '{type}'")["Account"]


def test_preferences_change_where_they_matter_and_refuse_the_rest(books: Any) -> None:
    assert books.refusal("preferences", {"SyncToken": "9"})["code"] == "5010"
    assert books.refusal("preferences", {"SyncToken": "0", "TaxPrefs": {"UsingSalesTax": False}})["code"] == "500"
    assert books.refusal("preferences", {"SyncToken": "0", "Colours": {"x": 1}})["code"] == "2010"
    assert (
        books.refusal("preferences", {"SyncToken": "0", "SalesFormsPrefs": {"CustomTxnNumbers": "yes"}})["code"]
        == "2230"
    )
    assert (
        books.refusal("preferences", {"SyncToken": "0", "AccountingInfoPrefs": {"BookCloseDate": "soon"}})["code"]
        == "2060"
    )
    same = books.ok("preferences")["Preferences"]
    assert books.ok("preferences", same)["Preferences"]["SyncToken"] == "1"


def test_the_log_holds_each_call_as_one_line_without_tokens(books: Any, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")
    secret = books.tokens["access_token"]
    calls = [
        Call(method="GET", path="/connect/oauth2", query={"code": "secret-code", "state": "s"}),
        Call(method="POST", path="/oauth2/v1/tokens/bearer", body=b"grant_type=refresh_token&refresh_token=secret-token"),
        Call(method="POST", path=f"/v3/company/{books.realm}/customer", query={"requestid": "k"}, headers={"authorization": f"Bearer {secret}", "accept": "application/json"}, body=b'{\n "DisplayName": "Ann"\n}'),
        Call(method="POST", path=f"/v3/company/{books.realm}/customer", headers={"authorization": f"Bearer {secret}", "accept": "application/json"}, body=b"\xff\n{"),
    ]  # fmt: skip
    for call in calls:
        journal.note(1.0, call, books.sandbox.answer(call))
    refreshed = books.refresh()
    journal.note(1.0, calls[1], refreshed)
    journal.close()
    text = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == 5
    assert all(line.keys() == {"time", "method", "path", "query", "request", "status", "response"} for line in lines)
    assert lines[2]["query"] == {"requestid": "k"}
    assert lines[2]["request"] == {"DisplayName": "Ann"}
    assert lines[2]["response"]["Customer"]["DisplayName"] == "Ann"
    for hidden in ("secret-code", "secret-token", secret, json.loads(refreshed.text)["refresh_token"]):
        assert hidden not in text


def test_the_page_shows_counts_lists_and_balances_and_escapes_what_it_shows(books: Any) -> None:
    ann, item = books.customer("<b>Ann</b>"), books.item("Hour")
    books.invoice(ann, item, 1234.5)

    def page(**query: str) -> str:
        answer = books.send("GET", "/", query=query, token="")
        assert answer.status == 200
        return str(answer.text)

    assert "1,234.50" in page()
    shown = page(list="Customer")
    assert "&lt;b&gt;Ann&lt;/b&gt;" in shown
    assert "<b>Ann" not in shown
    assert "&lt;b&gt;" in page(list="Customer", id="1")
    assert "no such object" in page(list="Customer", id="999")
    assert "Sandbox Company" in page(realm="<script>", list="<script>", after="<script>")
    assert "<script>" not in page(realm="<script>", list="<script>")
