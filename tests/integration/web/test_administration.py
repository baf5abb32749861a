"""Users, keys, audit and one's own account; what is shown once is shown once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from hub.testing.scratch import Scratch
from tests.integration.web.conftest import PASSWORD, Person


def test_a_user_is_added_with_a_link_that_is_shown_once(scratch: Scratch, ann: Person, nobody: TestClient) -> None:
    page = ann.send("/admin/users", do="add", name="Ben", email="ben@example.com").text
    (link,) = re.findall(r'value="http://testserver(/welcome/[^"]+)"', page)
    assert "/welcome/" not in ann.see("/admin/users")
    nobody.post(link, data={"password": PASSWORD})
    assert "You may not see any company yet." in nobody.get("/").text
    ben = str(next(each["id"] for each in scratch.hub.users() if each["name"] == "Ben"))
    ann.send("/admin/users", do="membership", user=ben, company="acme", role="bookkeeper", rights=["undo", "prevent"])
    assert "acme/mock" in nobody.get("/").text
    ann.send("/admin/users", do="shut_out", user=ben)
    assert nobody.get("/", follow_redirects=False).status_code == 303
    assert "user_shut_out" in {each["what"] for each in scratch.hub.audit(None)["items"]}
    assert "Ann" in ann.text("/admin/audit")


def test_the_last_administrator_cannot_shut_themselves_out(scratch: Scratch, ann: Person) -> None:
    refused = ann.send("/admin/users", do="shut_out", user="1")
    assert refused.status_code == 409
    assert "The last administrator cannot be shut out." in refused.text


def test_only_administrators_of_the_hub_see_users_and_its_audit(ann: Person, people: Callable[..., Person]) -> None:
    head = people("Hedda", "administrator")
    for path in ("/admin/users", "/admin/audit"):
        head.see(path, 403)
    assert (
        head.send("/admin/users", do="add", name="Me", email="me@example.com", administrator="yes").status_code == 403
    )
    assert "API keys" in head.text("/companies/acme/keys")
    bookkeeper = people("Ben", "bookkeeper")
    for path in ("/companies/acme/keys", "/companies/acme/audit"):
        bookkeeper.see(path, 403)
    assert bookkeeper.send("/companies/acme/keys", do="add", name="x", role="administrator").status_code == 403


def test_what_few_people_did_is_found_in_the_audit_among_many_records(scratch: Scratch, ann: Person) -> None:
    scratch.hub.pause(scratch.connection, "year-end 100%")
    for at in range(3):
        scratch.customer(f"C{at}")
    assert "paused" in ann.text("/companies/acme/audit")
    assert "C1" not in ann.text("/companies/acme/audit?about=rest")
    assert "year-end" in ann.text("/companies/acme/audit?about=rest")
    records = ann.text("/companies/acme/audit?about=records&q=c1")
    assert "C1" in records
    assert "C2" not in records
    assert "year-end" in ann.text("/companies/acme/audit?q=100%25")
    assert "Nothing is like that." in ann.text("/companies/acme/audit?q=_nobody_&about=nonsense")


def test_a_key_is_shown_once_works_and_ends(scratch: Scratch, ann: Person) -> None:
    page = ann.send("/companies/acme/keys", do="add", name="shop", role="viewer", expires="2030-01-01").text
    (secret,) = re.findall(r'value="(hub_[^"]+)"', page)
    assert secret not in ann.see("/companies/acme/keys")
    caller = scratch.hub.whose_key(secret)
    assert caller is not None
    ann.send("/companies/acme/keys", do="revoke", key=str(caller.key_id))
    assert scratch.hub.whose_key(secret) is None
    assert "Ann" in {each["who"] for each in scratch.hub.audit("acme")["items"] if each["what"] == "key_revoked"}


def test_U9_nobody_gives_a_key_a_right_that_they_lack(scratch: Scratch, people: Callable[..., Person]) -> None:
    head = people("Hedda", "administrator", ("prevent",))
    assert re.findall(r'name="rights" value="(\w+)"', head.see("/companies/acme/keys")) == ["prevent"]
    for rights in (["undo"], ["prevent", "remove"], ["detach"]):
        refused = head.send("/companies/acme/keys", do="add", name="x", role="administrator", rights=rights)
        assert refused.status_code == 403
        assert "has no right to" in refused.text
    assert scratch.hub.keys("acme") == []
    assert head.send("/companies/acme/keys", do="add", name="x", role="administrator", rights=["prevent"]).is_success
    assert [key["rights"] for key in scratch.hub.keys("acme")] == [["prevent"]]


@pytest.mark.parametrize("number", ["0", "-1", str(2**63), "9" * 40, "9" * 5000, "x"])
@pytest.mark.parametrize(
    "path", ["/admin/audit?before=", "/companies/acme/audit?before=", "/companies/acme/webhooks?log="]
)
def test_numbers_out_of_all_proportion_are_refused(ann: Person, path: str, number: str) -> None:
    ann.see(path + number, 422)


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "add", "name": "", "role": "viewer"},
        {"do": "add", "name": "x", "role": "emperor"},
        {"do": "add", "name": "x", "role": "viewer", "rights": "fly"},
        {"do": "add", "name": "x", "role": "viewer", "expires": "9999-99-99"},
        {"do": "add", "name": "x", "role": "viewer", "expires": "2001-01-01"},
        {"do": "revoke", "key": "-1"},
        {"do": "nonsense"},
    ],
)
def test_what_a_key_cannot_be_is_told(scratch: Scratch, ann: Person, fields: dict[str, str]) -> None:
    refused = ann.send("/companies/acme/keys", **fields)
    assert refused.status_code in (404, 422)
    assert 'role="alert"' in refused.text
    assert scratch.hub.keys("acme") == []


def test_a_new_password_ends_every_other_session(scratch: Scratch, ann: Person, nobody: TestClient) -> None:
    nobody.post("/login", data={"email": "ann@example.com", "password": PASSWORD})
    assert nobody.get("/", follow_redirects=False).status_code == 200
    assert ann.send("/account", do="password", old="wrong", new="another long password").status_code == 422
    assert ann.send("/account", do="password", old=PASSWORD, new="short").status_code == 422
    assert nobody.get("/", follow_redirects=False).status_code == 200
    assert "The password is changed" in ann.send("/account", do="password", old=PASSWORD, new="a wholly new one").text
    assert nobody.get("/", follow_redirects=False).status_code == 303
    assert scratch.hub.log_in("ann@example.com", "a wholly new one", "")


def test_signing_out_everywhere_leaves_this_browser(ann: Person, nobody: TestClient) -> None:
    nobody.post("/login", data={"email": "ann@example.com", "password": PASSWORD})
    assert "Every other browser is signed out." in ann.send("/account", do="sign_out").text
    assert nobody.get("/", follow_redirects=False).status_code == 303


def test_times_are_shown_in_the_zone_of_ones_choice(scratch: Scratch, ann: Person) -> None:
    scratch.customer()
    ann.send("/account", do="zone", zone="Asia/Tokyo")
    assert "6:00" in ann.see("/companies/acme/records/customer/C1").replace("\u202f", " ")
    assert ann.send("/account", do="zone", zone="Moon/Sea").status_code == 422


def test_a_webhook_is_added_with_a_secret_that_is_shown_once_and_removed(scratch: Scratch, ann: Person) -> None:
    here = "/companies/acme/webhooks"
    scratch.hub.sender.check = lambda _url: None  # type: ignore[method-assign]
    page = ann.send(here, do="add", url="https://shop.example.com/hub").text
    (secret,) = re.findall(r'aria-label="The secret" readonly value="([^"]+)"', page)
    assert secret not in ann.see(here)
    (made,) = scratch.hub.webhooks("acme")
    assert "Nothing was sent yet." in ann.text(f"{here}?log={made['id']}")
    ann.send(here, do="disable", webhook=str(made["id"]))
    assert "Ann switched it off." in ann.text(here)
    ann.send(here, do="enable", webhook=str(made["id"]))
    ann.send(here, do="remove", webhook=str(made["id"]))
    assert scratch.hub.webhooks("acme") == []


def test_webhooks_into_private_networks_and_strange_forms_are_refused(scratch: Scratch, ann: Person) -> None:
    here = "/companies/acme/webhooks"
    for fields in ({"do": "add", "url": "http://127.0.0.1/"}, {"do": "add", "url": "javascript:alert(1)"},
                   {"do": "remove", "webhook": "9"}, {"do": "test", "webhook": "x"}, {"do": "nonsense"}):  # fmt: skip
        assert ann.send(here, **fields).status_code in (404, 409, 422), fields
    assert scratch.hub.webhooks("acme") == []
