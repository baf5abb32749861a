"""API keys: shown once, good for one company until they end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.access import May
from hub.errors import InvalidInput, NotFound
from hub.store.people import api_keys
from hub.testing.scratch import Scratch


def test_a_key_of_the_longest_name_acts_under_a_name_that_the_audit_trail_can_keep(scratch: Scratch) -> None:
    made = scratch.hub.add_key("acme", "x" * 100, role="administrator", rights=["prevent"])
    caller = scratch.hub.whose_key(made["secret"])
    assert caller is not None
    acting = scratch.hub.acting(caller, "acme")
    acting.pause("acme/mock", "to see")
    acting.add_key("acme", "another", role="viewer")
    assert {each["who"] for each in scratch.hub.audit("acme")["items"]} >= {f"key {'x' * 96}"}


def test_a_key_lets_its_program_into_its_company_and_no_other(scratch: Scratch) -> None:
    made = scratch.hub.add_key("acme", "shop", role="bookkeeper", rights=["undo"])
    caller = scratch.hub.whose_key(made["secret"])
    assert caller is not None
    assert (caller.name, caller.may(May.WRITE, "acme"), caller.grant("other")) == ("key shop", True, None)
    assert not caller.administrator


def test_the_secret_is_told_once_and_only_its_digest_is_kept(scratch: Scratch) -> None:
    made = scratch.hub.add_key("acme", "shop", role="viewer")
    (listed,) = scratch.hub.keys("acme")
    with scratch.hub.database.read() as db:
        kept = str(db.execute(select(api_keys)).all())
    assert made["secret"].startswith("hub_")
    assert made["secret"] not in str(listed) + kept


@pytest.mark.parametrize("given", ["", "hub_", "hub_wrong", "Bearer", "hub_" + "x" * 100_000, "hub_\x00", "hub_é"])
def test_what_is_no_key_lets_nobody_in(scratch: Scratch, given: str) -> None:
    scratch.hub.add_key("acme", "shop", role="viewer")
    assert scratch.hub.whose_key(given) is None


def test_a_key_ends_on_its_day_or_when_it_is_revoked(scratch: Scratch) -> None:
    tomorrow = scratch.clock.now() + timedelta(days=1)
    ending = scratch.hub.add_key("acme", "ending", role="viewer", expires_at=tomorrow)
    revoked = scratch.hub.add_key("acme", "revoked", role="viewer")
    scratch.hub.revoke_key("acme", revoked["id"])
    scratch.hub.revoke_key("acme", revoked["id"])  # once more changes nothing
    assert scratch.hub.whose_key(revoked["secret"]) is None
    assert scratch.hub.whose_key(ending["secret"]) is not None
    scratch.clock.sleep(86_400)
    assert scratch.hub.whose_key(ending["secret"]) is None


def test_a_key_of_another_company_cannot_be_revoked(scratch: Scratch) -> None:
    made = scratch.hub.add_key("acme", "shop", role="viewer")
    other = scratch.hub.add_company("Other")["id"]
    with pytest.raises(NotFound):
        scratch.hub.revoke_key(other, made["id"])
    assert scratch.hub.whose_key(made["secret"]) is not None


@pytest.mark.parametrize(
    ("change", "code"),
    [({"name": " "}, "bad_name"), ({"name": "x" * 101}, "bad_name"), ({"role": "owner"}, "bad_role"),
     ({"rights": ["fly"]}, "bad_right"), ({"name": "a\nb"}, "bad_name")],
)  # fmt: skip
def test_faults_are_named(scratch: Scratch, change: dict[str, object], code: str) -> None:
    given: dict[str, object] = {"name": "shop", "role": "viewer", **change}
    with pytest.raises(InvalidInput) as met:
        scratch.hub.add_key("acme", str(given.pop("name")), **given)  # type: ignore[arg-type]
    assert met.value.code == code


def test_a_day_that_has_passed_is_refused(scratch: Scratch) -> None:
    with pytest.raises(InvalidInput) as met:
        scratch.hub.add_key("acme", "shop", role="viewer", expires_at=scratch.clock.now())
    assert met.value.code == "bad_expiry"
