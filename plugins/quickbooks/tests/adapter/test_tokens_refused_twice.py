"""J5: a token refused twice in a row is trouble that passes; only a refused refresh ends the authorisation."""

from __future__ import annotations

from typing import Any

from hub_quickbooks.sandbox.faults import switch


def fault(scratch: Any, text: str) -> None:
    scratch.quickbooks.sandbox.faults.on.append(switch(text, ["customer"]))


def test_J5_a_new_token_that_is_refused_too_fails_the_job_and_pauses_nothing(scratch: Any) -> None:
    scratch.customer()
    fault(scratch, "expire-token:2")
    job = scratch.sync()
    assert job["state"] == "failed"
    assert job["message"].startswith("The books refused the authorisation although it had just been renewed.")
    assert "Try again; only if it lasts" in job["message"]
    assert "errorCode" not in job["message"]
    assert "Authentication failed" in job["message"]
    assert scratch.hub.connection(scratch.connection)["state"] == "active"
    assert scratch.sync()["state"] == "completed"


def test_J5_refused_twice_while_writing_it_waits_and_counts_no_attempt(scratch: Any) -> None:
    scratch.customer()
    fault(scratch, "expire-token:2@customer")
    scratch.sync()
    (left,) = scratch.queue()
    assert (left["state"], left["attempts"]) == ("waiting", 0)
    assert scratch.hub.connection(scratch.connection)["state"] == "active"
    scratch.clock.sleep(60)
    scratch.sync()
    assert scratch.queue() == []


def test_J5_a_refused_refresh_pauses_and_asks_to_connect_again(scratch: Any) -> None:
    fault(scratch, "expire-token:1")
    fault(scratch, "invalid-grant:5")
    job = scratch.sync()
    assert job["state"] == "failed"
    assert "onnect it again" in job["message"]
    assert scratch.hub.connection(scratch.connection)["state"] == "paused"
