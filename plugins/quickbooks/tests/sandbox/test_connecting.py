"""OAuth: approval at once, one-shot codes, tokens that run out, refresh tokens that rotate (facts §8)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

BACK = "http://127.0.0.1:9999/callback"


def test_facts8_approval_redirects_with_code_state_and_realm(books: Any) -> None:
    answer = books.authorise(state="a b&c", redirect_uri="http://localhost:1/x?y=1")
    parts = urlsplit(answer.headers["Location"])
    assert (answer.status, parts.netloc, parts.path) == (302, "localhost:1", "/x")
    assert dict(parse_qsl(parts.query)).keys() == {"y", "code", "state", "realmId"}
    assert dict(parse_qsl(parts.query))["state"] == "a b&c"


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "other"},
        {"response_type": "token"},
        {"scope": "openid"},
        {"state": ""},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "/callback"},
        {"redirect_uri": "http://[bad"},
        {"redirect_uri": "http://h/a\r\nSet-Cookie: x"},
        {"realmId": "1"},
    ],
)
def test_a_wrong_authorisation_is_refused_and_leads_nowhere(books: Any, changed: dict[str, str]) -> None:
    answer = books.authorise(**changed)
    assert answer.status in (400, 401)
    assert json.loads(answer.text)["error"]
    assert "Location" not in answer.headers


def test_facts8_a_code_is_exchanged_once_and_shown_twice_it_takes_its_tokens_along(books: Any) -> None:
    code = books.code()
    answer = books.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
    given = json.loads(answer.text)
    assert (given["token_type"], given["expires_in"], given["x_refresh_token_expires_in"]) == (
        "bearer",
        3600,
        8_726_400,
    )
    books.tokens = given
    books.customer("Ann")
    again = books.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert (again.status, json.loads(again.text)["error"]) == (400, "invalid_grant")
    assert books.raw("customer/1").status == 401


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "authorization_code", "code": "none", "redirect_uri": BACK}, "invalid_grant"),
        ({"grant_type": "authorization_code", "redirect_uri": BACK}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "none"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "unsupported_grant_type"),
    ],
)
def test_facts9_the_token_host_has_an_envelope_of_its_own(books: Any, form: dict[str, str], error: str) -> None:
    answer = books.token(**form)
    assert (answer.status, json.loads(answer.text)["error"]) == (400, error)


def test_facts8_another_redirect_address_is_refused(books: Any) -> None:
    answer = books.token(grant_type="authorization_code", code=books.code(), redirect_uri="http://127.0.0.1:1/other")
    assert json.loads(answer.text)["error"] == "invalid_grant"


@pytest.mark.parametrize("header", ["", "Basic", "Basic ???", "Basic bm90OnJpZ2h0", "Bearer x"])
def test_facts8_the_wrong_client_is_refused(books: Any, header: str) -> None:
    answer = books.token(
        headers={"authorization": header}, grant_type="refresh_token", refresh_token=books.tokens["refresh_token"]
    )
    assert (answer.status, json.loads(answer.text)) == (401, {"error": "invalid_client"})


def test_facts8_a_refresh_rotates_and_the_previous_token_lives_a_day(books: Any, clock: Any) -> None:
    old = books.tokens["refresh_token"]
    first = json.loads(books.refresh(old).text)
    assert first["refresh_token"] != old
    again = json.loads(books.refresh(old).text)
    assert again["refresh_token"] == first["refresh_token"]
    assert again["access_token"] != first["access_token"]
    clock.move(86_401)
    assert json.loads(books.refresh(old).text)["error"] == "invalid_grant"
    assert books.refresh(first["refresh_token"]).status == 200


def test_facts8_an_access_token_runs_out_and_the_gateway_says_so(books: Any, clock: Any) -> None:
    clock.move(3599)
    assert books.raw(f"companyinfo/{books.realm}").status == 200
    clock.move(1)
    answer = books.raw(f"companyinfo/{books.realm}")
    assert answer.status == 401
    body = json.loads(answer.text)
    assert body["fault"]["error"][0]["code"] == "3200"
    assert body["fault"]["type"] == "AUTHENTICATION"
    assert isinstance(body["time"], int)
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_facts8_a_revoked_approval_is_dead_in_all_its_tokens(books: Any) -> None:
    assert books.revoke("unknown").status == 400
    assert books.revoke(books.tokens["refresh_token"]).status == 200
    assert books.raw("preferences").status == 401
    assert books.refresh().status == 400


def test_facts8_the_hard_end_is_told_when_asked(books: Any) -> None:
    headers = {"x-include-refresh-token-hard-expires-in": "true"}
    answer = books.token(headers=headers, grant_type="refresh_token", refresh_token=books.tokens["refresh_token"])
    assert json.loads(answer.text)["x_refresh_token_hard_expires_in"] == 157_680_000


def test_the_speed_divides_the_lives_of_tokens(make: Any, clock: Any) -> None:
    books = make(speed=60)
    assert books.tokens["expires_in"] == 60
    clock.move(60)
    assert books.raw("preferences").status == 401


def test_facts9_a_token_opens_its_own_company_only(make: Any) -> None:
    books = make(companies=("One", "Two"))
    books.realm = books.sandbox.realms()[1]
    answer = books.raw("preferences")
    assert (answer.status, json.loads(answer.text)["fault"]["error"][0]["code"]) == (403, "3100")


@pytest.mark.parametrize("token", ["", "nonsense", "Bearer", "x" * 10_000])
def test_a_wrong_token_is_refused(books: Any, token: str) -> None:
    books.tokens = {"access_token": token}
    assert books.raw("preferences").status == 401
