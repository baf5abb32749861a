"""Connecting anew lays what is given over what is stored; nothing is lost because it was not said once more."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from hub.adapters import AdapterContext, AdapterInfo, Capabilities, Found, Identity, hookimpl
from hub.errors import HubError, InvalidInput, Refused
from hub.store.tables import connections
from hub.testing.scratch import Scratch
from tests.stores import Store


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sandbox_url: str = ""
    accounts: str = ""
    deposit_account: str = "Undeposited Funds"


class _Books:
    info = AdapterInfo(
        name="books", title="Books", version="1", settings=_Settings, capabilities=Capabilities(types={})
    )

    def __init__(self, context: AdapterContext) -> None:
        self.settings = context.settings

    @hookimpl
    def hub_check(self) -> Identity:
        return Identity(id="1", name="Books")


_FOUND = Found(name="books", version="1", status="ready", adapter=_Books)


@pytest.fixture
def plain(store: Store, tmp_path: Any) -> Any:
    from hub.app import open_hub

    with open_hub(store.url(tmp_path), adapters={"books": _FOUND}) as made:
        made.init()
        made.add_company("Acme")
        yield made


def _stored(made: Any) -> tuple[dict[str, Any], list[str]]:
    with made.database.read() as db:
        row = db.execute(connections.select()).one()
    return row.settings, row.extensions


def test_what_is_given_is_laid_over_what_is_stored(plain: Any) -> None:
    plain.connect("acme", "books", settings={"sandbox_url": "http://127.0.0.1:1", "accounts": "Sales=Income"})
    plain.connect("acme", "books", settings={"deposit_account": "Checking"})
    assert _stored(plain)[0] == {
        "sandbox_url": "http://127.0.0.1:1", "accounts": "Sales=Income", "deposit_account": "Checking",
    }  # fmt: skip


@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_an_empty_value_takes_a_setting_away(plain: Any, nothing: str | None) -> None:
    plain.connect("acme", "books", settings={"accounts": "Sales=Income", "deposit_account": "Checking"})
    plain.connect("acme", "books", settings={"deposit_account": nothing})
    assert _stored(plain)[0] == {"accounts": "Sales=Income"}
    assert plain.adapter("acme/books").settings.deposit_account == "Undeposited Funds"


def test_a_form_that_sends_every_field_replaces_them_all(plain: Any) -> None:
    plain.connect("acme", "books", settings={"accounts": "Sales=Income", "deposit_account": "Checking"})
    plain.connect("acme", "books", settings={"deposit_account": "Petty cash"}, replace=True)
    assert _stored(plain)[0] == {"deposit_account": "Petty cash"}


@pytest.mark.parametrize("given", [{"settings": {"sandbox_url": ""}}, {"settings": {}, "replace": True}])
def test_a_connection_to_a_sandbox_never_turns_into_one_to_the_real_books(plain: Any, given: dict[str, Any]) -> None:
    before = {"sandbox_url": "http://127.0.0.1:1", "accounts": "Sales=Income"}
    plain.connect("acme", "books", settings=before)
    with pytest.raises(Refused, match="would lead to the real books") as refused:
        plain.connect("acme", "books", **given)
    assert refused.value.code == "sandbox_left"
    with pytest.raises(Refused, match="would lead to the real books"):
        plain.authorise_url("acme", "books", "state", **given)
    assert _stored(plain)[0] == before


def test_a_sandbox_may_move(plain: Any) -> None:
    plain.connect("acme", "books", settings={"sandbox_url": "http://127.0.0.1:1"})
    plain.connect("acme", "books", settings={"sandbox_url": "http://127.0.0.1:2"})
    assert _stored(plain)[0] == {"sandbox_url": "http://127.0.0.1:2"}


def test_a_setting_that_does_not_exist_cannot_be_taken_away(plain: Any) -> None:
    with pytest.raises(InvalidInput, match="has no setting deposit_acount"):
        plain.connect("acme", "books", settings={"deposit_acount": ""})


def test_a_setting_that_the_adapter_no_longer_knows_is_named_and_can_be_taken_away(plain: Any) -> None:
    plain.connect("acme", "books")
    with plain.database.write("acme") as db:
        db.execute(connections.update().values(settings={"old": "1", "accounts": "A=B"}))
    with pytest.raises(InvalidInput, match="has no setting old"):
        plain.connect("acme", "books", settings={"deposit_account": "Checking"})
    plain.connect("acme", "books", settings={"old": None})
    assert _stored(plain)[0] == {"accounts": "A=B"}


def test_extensions_stay_unless_others_are_named(scratch: Scratch) -> None:
    with scratch.hub.database.write("acme") as db:
        db.execute(connections.update().values(extensions=["gone"]))
    with pytest.raises(HubError, match="gone"):  # it is asked for still, not forgotten
        scratch.hub.connect("acme", "mock")
    scratch.hub.connect("acme", "mock", extensions=[])
    assert _stored(scratch.hub)[1] == []
