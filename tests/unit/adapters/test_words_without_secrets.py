"""What an adapter says is told without its credentials, nor any piece of a long one; innocent words stay."""

from __future__ import annotations

import pytest

from hub.adapters import Rejected, Unknown
from hub.adapters.secrets import Blotter
from hub.adapters.types import Fault
from hub.errors import BooksProblem, ErrorClass

TOKEN = "kJ8-fe2Qw_9aLz0pXcV7bNm4RtY6uIo1"
blotter = Blotter({"access_token": TOKEN, "password": "pass-word", "realm_id": "12345"})


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"Bearer {TOKEN} is old", "Bearer [secret] is old"),
        (f"Token expired: {TOKEN[:12]}", "Token expired: [secret]"),
        (f"it ends with {TOKEN[-15:]}.", "it ends with [secret]."),
        (f"from {TOKEN[4:20]} to {TOKEN[10:30]}", "from [secret] to [secret]"),
        (f"{TOKEN[:10]}{TOKEN[:10]}", "[secret][secret]"),
        ("the pass-word is wrong", "the [secret] is wrong"),
        (f"{TOKEN[:9]} may be anything", f"{TOKEN[:9]} may be anything"),
        ("company 12345, a pass-", "company 12345, a pass-"),
    ],
)
def test_J5_neither_a_secret_nor_a_piece_of_it_is_told(said: str, told: str) -> None:
    assert blotter.text(said) == told


def test_J5_outcomes_and_faults_are_told_without_pieces() -> None:
    unknown = blotter.outcome(Unknown(message=f"401: {TOKEN[:14]}"))
    assert isinstance(unknown, Unknown)
    assert unknown.message == "401: [secret]"
    fault = Fault(error=ErrorClass.VALIDATION, code="x", message=f"no {TOKEN[3:20]}", fix="")
    assert TOKEN[3:13] not in str(blotter.outcome(Rejected(fault=fault)))
    assert TOKEN[:12] not in str(blotter.fault(BooksProblem(f"Token expired: {TOKEN[:12]}")).as_dict())
