"""Coming in by the page: sessions, forms of other sites, and where one lands."""

from __future__ import annotations

import hashlib
import json
import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from hub.testing.scratch import Scratch
from hub.web.pages import STATIC
from tests.integration.web.conftest import PASSWORD, Person, readable


def log_in(client: TestClient, next: str = "/", password: str = PASSWORD, **headers: str) -> object:
    fields = {"email": "ann@example.com", "password": password, "next": next}
    return client.post("/login", data=fields, headers=headers, follow_redirects=False)


def test_nobody_is_sent_to_the_login_page_and_back_again(nobody: TestClient, ann: Person) -> None:
    answer = nobody.get("/c/acme/mock/queue", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/c/acme/mock/queue")
    answer = log_in(nobody, next="/c/acme/mock/queue")
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/acme/mock/queue")
    assert nobody.get("/c/acme/mock/queue").status_code == 200


@pytest.mark.parametrize(
    ("next", "to"), [("", "/"), ("?next=/c/acme/mock/queue", "/c/acme/mock/queue"), ("?next=//evil.example", "/")]
)
def test_whoever_is_signed_in_goes_on_from_the_login_page(ann: Person, next: str, to: str) -> None:
    answer = ann.get(f"/login{next}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, to)


def test_a_session_that_has_ended_is_asked_to_sign_in(ann: Person) -> None:
    ann.client.cookies.set("hub_session", "ended long ago")
    assert "Sign in to Accounting Hub" in ann.see("/login")


@pytest.mark.parametrize(
    "asked",
    [
        "/c/acme/mock/queue/confirm?view=type%3Dcustomer%26state%3Dhold&which=all&action=release",
        "/c/acme/mock/conflicts/confirm?conflict=1&do=rename&name=Caf%C3%A9+%26+Bar",
        "/companies/acme/records/customer/A%3Fb%20c%23d?ask=undo",
        "/?next=//evil.example/%0D%0AX:%20y",
    ],
)
def test_one_comes_back_to_the_page_with_all_that_was_asked_of_it(nobody: TestClient, ann: Person, asked: str) -> None:
    sent = nobody.get(asked, follow_redirects=False).headers["location"]
    assert sent.startswith("/login?next=/")
    assert "&" not in sent, "what was asked of the page is no parameter of the login page"
    field = re.search(r'name="next" value="([^"]*)"', nobody.get(sent).text)
    assert field
    assert log_in(nobody, next=unescape(field[1])).headers["location"] == asked


def test_the_session_cannot_be_read_by_scripts_nor_sent_by_other_sites(nobody: TestClient, ann: Person) -> None:
    cookie = log_in(nobody).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert cookie.startswith("hub_session=")
    assert "Secure" not in cookie  # plain http on this machine


def test_over_https_the_session_stays_with_https(app: object, ann: Person) -> None:
    with TestClient(app, base_url="https://testserver") as client:  # type: ignore[arg-type]
        answer = log_in(client)
        cookie = answer.headers["set-cookie"]
        assert client.get("/account").url.path == "/account"
        csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/").text)
        assert csrf
        gone = client.post("/logout", data={"csrf": csrf[1]}, follow_redirects=False).headers["set-cookie"]
        secret = client.cookies.get("__Host-hub_session")
        assert not secret
    assert "max-age" in answer.headers["strict-transport-security"]
    for told in (cookie, gone):  # as browsers demand of such a name: https, the whole site, and no other host
        assert told.startswith("__Host-hub_session=")
        assert "Secure" in told
        assert "Path=/;" in f"{told};"
        assert "Domain" not in told


def test_over_https_a_session_under_the_plain_name_lets_nobody_in(app: object, ann: Person) -> None:
    secret = ann.client.cookies["hub_session"]
    with TestClient(app, base_url="https://testserver") as client:  # type: ignore[arg-type]
        client.cookies.set("hub_session", secret)  # as another host of the same domain, or plain http, may set it
        assert client.get("/account").url.path == "/login"


@pytest.mark.parametrize(
    "next",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\r\nX: y", "evil"],
)
def test_one_lands_on_no_page_of_another_site(nobody: TestClient, ann: Person, next: str) -> None:
    assert log_in(nobody, next=next).headers["location"] == "/"


def test_a_wrong_password_says_so_and_does_not_show_what_was_typed(nobody: TestClient, ann: Person) -> None:
    answer = log_in(nobody, password="my other secret")
    assert answer.status_code == 401
    assert "do not belong together" in readable(answer.text)
    assert "my other secret" not in answer.text
    assert "set-cookie" not in answer.headers


def test_too_many_mistakes_are_told_with_how_long_to_wait(nobody: TestClient, ann: Person) -> None:
    answers = [log_in(nobody, password="wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert "in 2 seconds" in readable(answers[-1].text)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}],
)  # fmt: skip
def test_a_login_form_of_another_site_is_refused(nobody: TestClient, ann: Person, headers: dict[str, str]) -> None:
    answer = log_in(nobody, **headers)
    assert answer.status_code == 409
    assert "set-cookie" not in answer.headers


def test_a_form_without_the_word_of_its_session_changes_nothing(ann: Person, scratch: Scratch) -> None:
    for csrf in ("", "0" * 64, "ä"):
        assert ann.client.post("/logout", data={"csrf": csrf}).status_code == 409
    assert ann.get("/").status_code == 200
    assert ann.send("/logout").url.path == "/login"
    assert ann.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("cookie", ["", "x", "hub_session", "é" * 10, "a" * 5000])
def test_cookies_that_are_no_session_let_nobody_in(nobody: TestClient, cookie: str) -> None:
    answer = nobody.get("/", headers={"Cookie": f"hub_session={cookie}".encode("latin-1")}, follow_redirects=False)
    assert answer.status_code == 303


def test_every_answer_keeps_the_browser_to_this_site(nobody: TestClient, ann: Person) -> None:
    for path in ("/", "/login", "/nowhere", "/static/hub.css", "/api/v1/nowhere", "/api/v1/openapi.json"):
        headers = nobody.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_a_link_that_was_used_says_what_to_do(nobody: TestClient) -> None:
    answer = nobody.get("/welcome/nonsense")
    assert answer.status_code == 404
    assert "Ask an administrator for another" in readable(answer.text)


def test_the_files_of_others_are_those_that_were_taken_over() -> None:
    vendored = json.loads((STATIC / "vendor" / "vendored.json").read_text())
    there = {file.name for file in (STATIC / "vendor").iterdir()} - {"vendored.json"}
    assert there == set(vendored)
    for name, about in vendored.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == about["sha256"], name


def test_a_form_whose_origin_is_no_address_is_refused(nobody: TestClient, ann: Person) -> None:
    for origin in ("http://[", "null", "http://testserver@evil.example", "https://testserver.evil.example"):
        assert log_in(nobody, Origin=origin).status_code == 409


def test_a_page_that_fails_has_the_safe_headers_too_and_its_secret_is_not_logged(
    nobody: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("hub.access.users.invited", fail)
    answer = nobody.get("/welcome/the-secret-of-a-link")
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    said = caplog.text + "".join(capsys.readouterr())
    assert "/welcome/{secret}" in said
    assert "the-secret-of-a-link" not in said
