"""`Idempotency-Key`: what is asked twice is done once, whatever happened to the first answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.errors import StoreUnreachable
from hub.store.people import replays
from hub.testing.scratch import Scratch
from tests.integration.api.conftest import Program

JOBS = "/connections/acme/mock/jobs"
BULK = "/connections/acme/mock/queue:bulk"
BATCH = "/companies/acme/records:batch"
RECORDS = {"records": [{"type": "customer", "source_id": "C1", "name": "Ada"}]}
KEY = {"Idempotency-Key": "wish-1"}


def _rows(scratch: Scratch) -> list[Any]:
    with scratch.hub.database.read() as db:
        return list(db.execute(select(replays)).all())


def test_the_same_wish_is_answered_again_and_done_once(shop: Program, scratch: Scratch) -> None:
    first = shop("POST", JOBS, headers=KEY)
    again = shop("POST", JOBS, headers=KEY)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    assert scratch.hub.jobs(scratch.connection)["total"] == 1


def test_another_wish_under_the_same_key_is_refused(shop: Program) -> None:
    shop.done("POST", BATCH, RECORDS, headers=KEY)
    assert shop.code("POST", BATCH, {"records": []}, headers=KEY, status=422) == "idempotency_key_reused"
    assert shop.code("POST", JOBS, headers=KEY, status=422) == "idempotency_key_reused"
    plan, other = "/connections/acme/mock/plan", {"Idempotency-Key": "plan-1"}
    shop.done("POST", plan, headers=other)
    assert shop.code("POST", f"{plan}?limit=5", headers=other, status=422) == "idempotency_key_reused"


def test_each_api_key_has_wishes_of_its_own(shop: Program, program_of: Callable[..., Program]) -> None:
    other = program_of("bookkeeper", name="other")
    assert shop.done("POST", BATCH, RECORDS, headers=KEY)["totals"]["created"] == 1
    assert other.done("POST", BATCH, RECORDS, headers=KEY)["totals"]["unchanged"] == 1


def test_a_refusal_changed_nothing_so_the_wish_may_come_again(shop: Program, scratch: Scratch) -> None:
    path = "/companies/acme/records/ship_doc/S1/undo"
    assert shop.code("POST", path, headers=KEY, status=404) == "record_not_found"
    assert _rows(scratch) == []
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    assert shop.done("POST", path, headers=KEY)["status"] == "processing"
    assert shop.code("POST", path, headers={"Idempotency-Key": "wish-2"}, status=409) == "already_undone"
    assert shop.done("POST", path, headers=KEY)["status"] == "processing"


def test_a_body_that_is_none_leaves_the_key_free(shop: Program, scratch: Scratch) -> None:
    assert shop.code("POST", BULK, {"action": "fly"}, headers=KEY, status=422) == "invalid_request"
    assert _rows(scratch) == []


def _begun(scratch: Scratch, shop: Program, path: str, body: Any, holder: str | None) -> None:
    """As if a process had begun the wish and not come to its end."""
    shop("POST", path, body, headers=KEY)
    with scratch.hub.database.write(None) as db:
        db.execute(update(replays).values(status=None, body=None, holder=holder))


def test_while_it_is_carried_out_the_same_wish_waits(shop: Program, scratch: Scratch) -> None:
    _begun(scratch, shop, BATCH, RECORDS, scratch.hub.core.me())
    answer = shop("POST", BATCH, RECORDS, headers=KEY)
    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_key_in_use"
    assert int(answer.headers["Retry-After"]) >= 1


DEAD = "another-boot 1 x"


def test_what_does_no_more_twice_is_done_again_when_its_process_died(shop: Program, scratch: Scratch) -> None:
    mine = scratch.hub.core.me()
    _begun(scratch, shop, BATCH, RECORDS, " ".join([*mine.split(" ")[:2], "an earlier run"]))
    assert shop.done("POST", BATCH, RECORDS, headers=KEY)["totals"]["unchanged"] == 1
    assert shop("POST", BATCH, RECORDS, headers=KEY).headers["Idempotent-Replay"] == "true"


def test_what_would_do_more_twice_is_not_done_again_when_its_process_died(shop: Program, scratch: Scratch) -> None:
    scratch.customer()
    body = {"action": "hold", "filter": {}, "reason": "a test"}
    _begun(scratch, shop, BULK, body, None)
    scratch.customer("C2")
    assert shop.code("POST", BULK, body, headers=KEY, status=409) == "idempotency_outcome_unknown"
    assert [each["state"] for each in scratch.queue()] == ["held", "waiting"]


def test_a_process_of_another_machine_is_taken_for_dead_after_a_while(shop: Program, scratch: Scratch) -> None:
    _begun(scratch, shop, BATCH, RECORDS, DEAD)
    assert shop.code("POST", BATCH, RECORDS, headers=KEY, status=409) == "idempotency_key_in_use"
    scratch.clock.sleep(timedelta(minutes=16).total_seconds())
    assert shop.done("POST", BATCH, RECORDS, headers=KEY)["totals"]["unchanged"] == 1


@pytest.mark.parametrize(("path", "body", "then"), [
    (BATCH, RECORDS, None), (JOBS, None, "idempotency_outcome_unknown"),
])  # fmt: skip
def test_a_failure_of_the_hub_is_never_kept_as_the_answer(
    shop: Program, scratch: Scratch, monkeypatch: pytest.MonkeyPatch, path: str, body: Any, then: str | None
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StoreUnreachable("The database is away.", fix="Try again.")

    with monkeypatch.context() as away:
        away.setattr(type(scratch.hub), "put_many", fail)
        away.setattr(type(scratch.hub), "request_job", fail)
        assert shop.code("POST", path, body, headers=KEY, status=503) == "store_unreachable"
    if then:
        assert shop.code("POST", path, body, headers=KEY, status=409) == then
    else:
        shop.done("POST", path, body, headers=KEY)


def test_answers_are_kept_for_a_day_and_then_cleared(shop: Program, scratch: Scratch) -> None:
    shop.done("POST", BATCH, RECORDS, headers=KEY)
    scratch.clock.sleep(timedelta(hours=23).total_seconds())
    assert shop("POST", BATCH, RECORDS, headers=KEY).headers["Idempotent-Replay"] == "true"
    scratch.clock.sleep(timedelta(hours=2).total_seconds())
    shop.done("POST", BATCH, RECORDS, headers={"Idempotency-Key": "wish-2"})
    assert [row.idempotency_key for row in _rows(scratch)] == ["wish-2"]


@pytest.mark.parametrize("word", [b"", b"x" * 256, b"a\tb", "ü".encode("latin-1"), b"a\x7fb"])
def test_a_key_that_cannot_be_kept_is_refused(shop: Program, scratch: Scratch, word: bytes) -> None:
    headers = {b"Idempotency-Key": word, b"Authorization": f"Bearer {shop.secret}".encode()}
    answer = shop.client.post("/api/v1" + BATCH, json=RECORDS, headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_idempotency_key")
    assert scratch.queue() == []


def test_without_a_key_nothing_is_kept(shop: Program, scratch: Scratch) -> None:
    shop.done("POST", BATCH, RECORDS)
    assert _rows(scratch) == []
