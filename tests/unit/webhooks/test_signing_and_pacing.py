"""Signatures as Standard Webhooks wants them, and pauses that grow until a receiver is given up on."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from hub.webhooks.pacing import PAUSES, gave_up, pause_after
from hub.webhooks.signing import headers, message_id, new_secret, sign


def test_the_signature_is_that_of_the_specification_s_own_example() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    assert sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_id_time_and_body_are_all_signed() -> None:
    secret = new_secret()
    signed = {
        sign(secret, "a", 1, b"x"),
        sign(secret, "b", 1, b"x"),
        sign(secret, "a", 2, b"x"),
        sign(secret, "a", 1, b"y"),
    }
    assert len(signed) == 4
    assert sign(new_secret(), "a", 1, b"x") not in signed


def test_the_headers_carry_what_a_receiver_needs() -> None:
    secret, at = new_secret(), datetime(2026, 5, 4, 10, tzinfo=UTC)
    told = headers(secret, "evt_1_2", at, b"{}")
    assert told["webhook-id"] == "evt_1_2"
    assert told["webhook-timestamp"] == str(int(at.timestamp()))
    assert told["webhook-signature"] == sign(secret, "evt_1_2", int(at.timestamp()), b"{}")


def test_secrets_are_256_bits_and_never_the_same() -> None:
    assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32
    assert new_secret() != new_secret()


def test_a_number_given_out_again_after_a_restore_is_another_message() -> None:
    at = datetime(2026, 5, 4, tzinfo=UTC)
    assert message_id(7, at) == message_id(7, at)
    assert message_id(7, at) != message_id(7, at + timedelta(microseconds=1))


def test_pauses_grow_from_seconds_to_a_day_over_three_days() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    assert pause_after(1) == timedelta(seconds=5)
    assert timedelta(days=3) < sum((timedelta(seconds=each) for each in PAUSES), timedelta()) < timedelta(days=4)
    assert pause_after(len(PAUSES)) is not None
    assert pause_after(len(PAUSES) + 1) is None


def test_a_receiver_is_given_up_on_after_the_last_pause_or_when_it_says_that_it_is_gone() -> None:
    assert gave_up(len(PAUSES), 500, "The receiver answered 500.") is None
    assert "answered 500" in str(gave_up(len(PAUSES) + 1, 500, "The receiver answered 500."))
    assert "410" in str(gave_up(1, 410, "The receiver answered 410 Gone."))
