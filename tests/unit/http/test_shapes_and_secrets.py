"""Bodies are told apart by their bytes, secrets never reach a text, and signatures are checked over the raw body."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from hub.http import Action, Meaning, Met, Redactor, Shape, meaning_of, shape_of, signature_matches
from hub.http.meaning import met_with


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (b"", Shape.EMPTY),
        (b"  \r\n", Shape.EMPTY),
        (b'<?xml version="1.0"?>', Shape.EMPTY),
        (b'{"a": 1.50}', Shape.JSON),
        (b'\xef\xbb\xbf{"a": 1}', Shape.JSON),
        (b'{"a": 1', Shape.GARBLED),
        (b"Service Unavailable", Shape.GARBLED),
        (b"\xff\xfe\x00", Shape.GARBLED),
        (b"<!DOCTYPE html><html><body>502</body></html>", Shape.HTML),
        (b"<html><head/></html>", Shape.HTML),
        (b"<IntuitResponse><Fault/></IntuitResponse>", Shape.XML),
        (b"<IntuitResponse><Fault>", Shape.GARBLED),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', Shape.GARBLED),
    ],
)
def test_a_body_is_known_by_its_bytes(body: bytes, shape: Shape) -> None:
    assert shape_of(body)[0] is shape


def test_every_action_and_every_event_has_a_meaning() -> None:
    assert {(action, met): meaning_of(action, met) for action in Action for met in Met}
    assert all(isinstance(meaning_of(action, met), Meaning) for action in Action for met in Met)


@pytest.mark.parametrize("status", [200, 302, 408, 500, 502, 503, 504])
def test_X3_a_write_whose_answer_cannot_be_read_is_in_doubt(status: int) -> None:
    assert meaning_of(Action.WRITE, met_with(status, readable=False)) is Meaning.LOOK


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(400, Meaning.REFUSED), (401, Meaning.RECONNECT), (403, Meaning.RECONNECT), (404, Meaning.REFUSED),
     (429, Meaning.WAIT)],
)  # fmt: skip
def test_a_write_that_was_turned_away_is_known(status: int, meaning: Meaning) -> None:
    assert meaning_of(Action.WRITE, met_with(status, readable=False)) is meaning


@pytest.mark.parametrize(
    "said",
    [
        "Authorization: Bearer ab1cd2ef3gh4",
        "Basic dXNlcjpwYXNzd29yZA==",
        '{"access_token": "ab1cd2ef3gh4"}',
        "refresh_token=ab1cd2ef3gh4&grant_type=refresh_token",
        "Token expired: eyJlbmMiOiJBMTI4Q0JD.ab1cd2ef3gh4.x1",
        "the password was swordfish-77 today",
    ],
)
def test_no_secret_is_left_in_a_text(said: str) -> None:
    told = Redactor(["swordfish-77"])(said)
    assert "[secret]" in told
    for secret in ("ab1cd2ef3gh4", "dXNlcjpwYXNzd29yZA", "swordfish-77"):
        assert secret not in told


def test_innocent_words_stay() -> None:
    said = "Duplicate Document Number Error: DocNumber=10248 is assigned to TxnType=Invoice with TxnId=45823"
    assert Redactor(["true", "99"])(said) == said


def signed(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def test_the_right_signature_over_the_raw_body_is_taken_and_no_other() -> None:
    body = b'{"eventNotifications": []}'
    right = signed("verifier", body)
    assert signature_matches("verifier", body, right)
    assert not signature_matches("verifier", body + b" ", right)
    assert not signature_matches("another", body, right)
    for wrong in ("", "no base64 %%", right[:-2], "AAAA"):
        assert not signature_matches("verifier", body, wrong)
    assert not signature_matches("", body, signed("", body))
