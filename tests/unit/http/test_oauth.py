"""Codes and refresh tokens are exchanged once each; what was refused and what was not answered are told apart."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from hub.errors import AuthorisationLost, BooksProblem
from hub.http import OAuth, TokenRefused, Transport

HOST = "https://tokens.example"


@pytest.fixture
def oauth(clock) -> OAuth:
    return OAuth(
        transport=Transport(read_seconds=5, now=clock.now), now=clock.now, title="Books",
        authorise_at=f"{HOST}/authorise", tokens_at=f"{HOST}/tokens", revoke_at=f"{HOST}/revoke",
        client_id="client-1", client_secret="secret-1234", headers={"x-more": "true"},
    )  # fmt: skip


def form() -> dict[str, list[str]]:
    return parse_qs(responses.calls[-1].request.body.decode())


def test_the_address_names_client_scope_state_and_where_to_return(oauth: OAuth) -> None:
    url = oauth.authorise_url(redirect_uri="http://localhost:1/cb", scope="a.b c", state="s&1")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["client-1"], "response_type": ["code"], "scope": ["a.b c"], "state": ["s&1"],
        "redirect_uri": ["http://localhost:1/cb"],
    }  # fmt: skip


@responses.activate
def test_a_code_is_exchanged_with_the_redirect_address(oauth: OAuth) -> None:
    responses.post(f"{HOST}/tokens", json={"access_token": "a", "refresh_token": "r", "expires_in": 3600})
    tokens = oauth.exchange("code-1", "http://localhost:1/cb")
    assert (tokens.access, tokens.refresh, tokens.access_seconds) == ("a", "r", 3600)
    assert form()["redirect_uri"] == ["http://localhost:1/cb"]
    assert responses.calls[0].request.headers["Authorization"].startswith("Basic ")
    assert responses.calls[0].request.headers["x-more"] == "true"


@responses.activate
def test_a_refresh_that_gives_no_new_refresh_token_keeps_the_old_one(oauth: OAuth) -> None:
    responses.post(f"{HOST}/tokens", json={"access_token": "a"})
    assert oauth.refresh("r-old").refresh == "r-old"


@responses.activate
def test_J5_a_refusal_is_the_end_of_the_authorisation_and_quotes_no_token(oauth: OAuth) -> None:
    said = {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token r-old-12345"}
    responses.post(f"{HOST}/tokens", json=said, status=400)
    with pytest.raises(TokenRefused) as told:
        oauth.refresh("r-old-12345")
    assert isinstance(told.value, AuthorisationLost)
    assert told.value.reason == "invalid_grant"
    assert "r-old-12345" not in told.value.message


@responses.activate
def test_a_wrong_key_of_the_application_says_so(oauth: OAuth) -> None:
    responses.post(f"{HOST}/tokens", json={"error": "invalid_client"}, status=401)
    with pytest.raises(TokenRefused, match="does not know this application"):
        oauth.refresh("r")


@pytest.mark.parametrize(
    "answer",
    [{"status": 500}, {"status": 503, "body": "<html>"}, {"status": 200, "body": "{}"}, {"status": 400, "body": "?"},
     {"body": requests.ReadTimeout("x")}, {"status": 200, "body": "[]"}],
)  # fmt: skip
@responses.activate
def test_without_a_usable_answer_nothing_is_lost(oauth: OAuth, answer) -> None:
    responses.post(f"{HOST}/tokens", **answer)
    with pytest.raises(BooksProblem) as told:
        oauth.refresh("r-old-12345")
    assert not isinstance(told.value, AuthorisationLost)


@responses.activate
def test_a_token_is_given_back(oauth: OAuth) -> None:
    responses.post(f"{HOST}/revoke", status=200)
    oauth.revoke("r-old-12345")
    assert form() == {"token": ["r-old-12345"]}
    responses.replace(responses.POST, f"{HOST}/revoke", status=502)
    with pytest.raises(BooksProblem):
        oauth.revoke("r-old-12345")
