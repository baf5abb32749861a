"""Connecting over the web: the form of an adapter's settings, the way to the books and back, and the yes at the end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fastapi.testclient import TestClient
from hub_mock.adapter import MockAdapter
from hub_mock.settings import MockSettings
from hub_quickbooks import QuickBooksAdapter
from pydantic import Field
from sqlalchemy import select

from hub.adapters import AdapterInfo, Found, hookimpl
from hub.errors import HubError
from hub.store.tables import audit
from hub.testing.scratch import Scratch
from tests.integration.web.conftest import Person, readable

HUB = str(Path(sys.executable).with_name("hub"))
CODE, SECRET = "canary-code-4711", "canary-client-secret"


class AskingSettings(MockSettings):
    """Mock books that a person opens in a browser."""

    redirect_uri: str = Field(default="http://localhost:1/", description="where they lead back to")
    place: str = Field(default="", description="where they are")


class AskingAdapter(MockAdapter):
    """Mock books behind an authorisation in the browser; they take one code."""

    info: ClassVar[AdapterInfo] = replace(
        MockAdapter.info, name="asking", title="Asking books", settings=AskingSettings,
        secrets={"client_secret": "of the app"},
    )  # fmt: skip

    handed: ClassVar[list[Mapping[str, str]]] = []

    @hookimpl
    def hub_authorise_url(self, given: Mapping[str, str], state: str) -> str | None:
        self.handed.append(given)
        if given.get("code"):
            return None
        assert isinstance(self.settings, AskingSettings)
        return f"https://books.example/authorise?state={state}&redirect_uri={self.settings.redirect_uri}"

    @hookimpl
    def hub_obtain_credentials(self, given: Mapping[str, str]) -> Mapping[str, str] | None:
        self.handed.append(given)
        assert given["code"] == CODE
        assert given["client_secret"] == SECRET
        return {"client_secret": given["client_secret"], "access_token": "canary-access-token"}


def found(adapter: Any) -> Found:
    return Found(name=adapter.info.name, version=adapter.info.version, status="ready", adapter=adapter)


@pytest.fixture(autouse=True)
def adapters(scratch: Scratch) -> None:
    """The mock, one that asks in the browser, QuickBooks, and a broken one."""
    known = {each.info.name: found(each) for each in (MockAdapter, AskingAdapter, QuickBooksAdapter)}
    broken = Found(name="sour", version="1", status="broken", reason="It fails to load: <b>Kaput", fix="Uninstall it.")
    scratch.hub._adapters = {**known, "sour": broken}


def begun(ann: Person, **more: str) -> str:
    """The state in the address that leads to the books."""
    page = ann.send(
        "/companies/acme/connect/asking", **{"set:company_name": "Acme Ltd", "secret:client_secret": SECRET, **more}
    ).text
    (state,) = re.findall(r"authorise\?state=([\w-]+)", page)
    return str(state)


def test_adapters_are_listed_with_their_health(ann: Person) -> None:
    for path in ("/companies/acme/connections", "/admin/adapters"):
        page = ann.text(path)
        assert "Asking books" in page
        assert "It fails to load: <b>Kaput Uninstall it." in page


def test_the_way_to_the_books_and_back_stores_nothing_before_the_yes(scratch: Scratch, ann: Person) -> None:
    page = ann.send("/companies/acme/connect/asking", **{"secret:client_secret": SECRET}).text
    assert "redirect_uri=http://testserver/connect/callback" in page
    state = begun(ann)
    asked = ann.get(f"/connect/callback?state={state}&code={CODE}")
    assert "Is this the right company?" in asked.text
    assert "Acme Ltd" in asked.text
    assert len(scratch.hub.connections("acme")) == 1
    (yes,) = re.findall(r'name="state" value="([^"]+)"', asked.text)
    done = ann.send("/connect/confirm", state=yes)
    assert done.url.path == "/c/acme/asking/connection"
    assert "Connected to the books of Acme Ltd." in done.text
    assert ann.send("/connect/confirm", state=yes).status_code == 404, "a yes counts once"
    assert ann.get(f"/connect/callback?state={state}&code={CODE}").status_code == 404, "an answer counts once"
    assert "connected" in {each["what"] for each in scratch.hub.audit("acme")["items"]}


def test_another_session_another_person_and_a_late_answer_find_nothing(
    scratch: Scratch, ann: Person, people: Callable[..., Person], nobody: TestClient
) -> None:
    state = begun(ann)
    mallory = people("Mallory", "administrator")
    assert mallory.get(f"/connect/callback?state={state}&code={CODE}").status_code == 404
    assert nobody.get(f"/connect/callback?state={state}&code={CODE}", follow_redirects=False).status_code == 303
    assert ann.get(f"/connect/callback?state={state}x&code={CODE}").status_code == 404
    scratch.clock.sleep(21 * 60)
    assert ann.get(f"/connect/callback?state={state}&code={CODE}").status_code == 404
    assert len(scratch.hub.connections("acme")) == 1


def test_who_lost_the_right_meanwhile_is_refused_at_each_step(
    scratch: Scratch, ann: Person, people: Callable[..., Person]
) -> None:
    hedda = people("Hedda", "administrator")
    state = begun(hedda)
    id = next(each["id"] for each in scratch.hub.users() if each["name"] == "Hedda")
    scratch.hub.set_membership(id, "acme", "viewer")
    assert hedda.get(f"/connect/callback?state={state}&code={CODE}").status_code == 403


def test_a_no_at_the_books_is_told(ann: Person) -> None:
    refused = ann.get(f"/connect/callback?state={begun(ann)}&error=access_denied")
    assert refused.status_code == 409
    assert "access_denied" in refused.text


def test_names_that_have_nothing_in_common_are_warned_of(ann: Person) -> None:
    state = begun(ann, **{"set:company_name": "Somebody Else"})
    page = ann.get(f"/connect/callback?state={state}&code={CODE}").text
    assert "The two names have nothing in common." in page


def test_X7_books_of_another_company_than_before_are_refused(scratch: Scratch, ann: Person) -> None:
    refused = ann.send("/companies/acme/connect/mock", name="mock", **{"set:file": str(scratch.folder / "other.db")})
    assert "but the books now say they are" in refused.text


def test_wrong_settings_are_told_beside_their_fields_and_kept(ann: Person) -> None:
    answer = ann.send("/companies/acme/connect/mock", name="second", **{"set:batch_size": "many", "set:latency": "-1"})
    assert answer.status_code == 422
    assert answer.text.count('class="invalid-feedback') == 2
    assert 'value="many"' in answer.text
    assert ann.send("/companies/acme/connect/nonsense").status_code == 422


def test_secrets_of_connecting_stand_nowhere(
    scratch: Scratch, ann: Person, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    state = begun(ann)
    first = ann.get(f"/connect/callback?state={state}&code={CODE}")
    (yes,) = re.findall(r'name="state" value="([^"]+)"', first.text)
    ann.send("/connect/confirm", state=yes)
    pages = [ann.see(path) for path in ("/c/acme/asking/connection", "/companies/acme/connect/asking?name=asking",
                                        "/companies/acme/audit", "/admin/audit")]  # fmt: skip
    told = capsys.readouterr()
    for canary in (CODE, SECRET, "canary-access-token"):
        assert not any(canary in page for page in (*pages, first.text, told.out, told.err, caplog.text))
        for file in scratch.folder.glob("hub.db*"):
            assert canary.encode() not in file.read_bytes()


def test_a_connection_is_paused_and_goes_on(scratch: Scratch, ann: Person) -> None:
    here = "/c/acme/mock/connection"
    assert ann.send(here, do="pause", reason="").status_code == 422
    ann.send(here, do="pause", reason="year end")
    assert "Paused by Ann: year end." in ann.text(here)
    with pytest.raises(Exception, match="paused by Ann"):
        scratch.sync()
    ann.send(here, do="resume")
    scratch.sync()
    assert ann.send(here, do="resume").status_code == 409


def test_keeping_the_policy_as_it_is_says_so_and_is_no_change(scratch: Scratch, ann: Person) -> None:
    here = "/c/acme/mock/connection"
    ann.send(here, **{"do": "policy", "p:ship_doc.trigger_statuses": "invoiced, closed", "p:hold_after": "3"})
    with scratch.hub.database.read() as db:
        noted = db.execute(select(audit).where(audit.c.action == "policy_changed")).all()
    for same in ("invoiced, closed", "closed,Invoiced"):
        answer = ann.send(here, **{"do": "policy", "p:ship_doc.trigger_statuses": same, "p:hold_after": "3"})
        assert "Nothing was changed" in answer.text
    with scratch.hub.database.read() as db:
        assert db.execute(select(audit).where(audit.c.action == "policy_changed")).all() == noted
    assert len(noted) == 1


def test_the_policy_is_changed_on_the_page_and_only_what_was_changed(scratch: Scratch, ann: Person) -> None:
    here = "/c/acme/mock/connection"
    ann.send(here, **{"do": "policy", "p:ship_doc.trigger_statuses": "invoiced, closed", "p:conflicts": "ask",
                      "p:item.direction": "both", "p:start_date": "2026-01-01"})  # fmt: skip
    policy = scratch.hub.policy("acme/mock")
    assert sorted(policy["ship_doc"]["trigger_statuses"]) == ["closed", "invoiced"]
    assert (policy["conflicts"], policy["start_date"]) == ("ask", "2026-01-01")
    assert ann.send(here, **{"do": "policy", "p:start_date": ""}).status_code == 200
    assert scratch.hub.policy("acme/mock")["start_date"] is None
    refused = ann.send(here, **{"do": "policy", "p:ship_doc.default_status": "closed"})
    assert refused.status_code == 422
    assert "nothing could be re-opened" in refused.text


def test_what_is_missing_in_the_books_is_asked_for(ann: Person) -> None:
    assert "Nothing is missing" in ann.text("/c/acme/mock/connection?part=missing")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A local QuickBooks."""
    command = [HUB, "quickbooks", "sandbox", "--port", "0", "--json", "--company", "Acme Trading"]
    folder = tmp_path_factory.mktemp("quickbooks")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["url"])
        process.terminate()


def test_the_quickbooks_sandbox_is_connected_from_the_form_to_the_yes(ann: Person, sandbox: str) -> None:
    page = ann.see("/companies/acme/connect/quickbooks")
    assert "http://testserver/connect/callback" in page
    asked = ann.send("/companies/acme/connect/quickbooks", **{"set:sandbox_url": sandbox})
    assert "Is this the right company?" in asked.text
    assert "No account is set for" in asked.text
    (yes,) = re.findall(r'name="state" value="([^"]+)"', asked.text)
    done = ann.send("/connect/confirm", state=yes)
    assert done.url.path == "/c/acme/quickbooks/connection"
    assert "No account is set for" in ann.text("/c/acme/quickbooks/connection?part=missing")


def test_a_companys_administrator_never_names_an_address_the_hub_then_calls(stranger: Person, sandbox: str) -> None:
    asked = stranger.send("/companies/other/connect/quickbooks", **{"set:sandbox_url": sandbox})
    assert "Only those who run the hub set sandbox_url." in readable(asked.text)
    assert "Is this the right company?" not in asked.text
    assert stranger.scratch.hub.connections("other") == []


@pytest.mark.parametrize("place", ["https://elsewhere.example", "http:\t//elsewhere.example", ""])
def test_what_was_stored_for_one_address_is_never_sent_to_another(scratch: Scratch, place: str) -> None:
    hub, there = scratch.hub, {"place": "https://books.example"}
    hub.connect("acme", "asking", settings=there, credentials={"code": CODE, "client_secret": SECRET})
    hub.connect("acme", "asking", settings=there, credentials={"code": CODE})  # the app is known
    assert hub.authorise_url("acme", "asking", "state", settings=there, again=True)
    AskingAdapter.handed.clear()
    with pytest.raises(HubError):
        hub.connect("acme", "asking", settings={"place": place}, credentials={"code": CODE})
    hub.authorise_url("acme", "asking", "state", settings={"place": place}, again=True)
    assert AskingAdapter.handed == [{"code": CODE}, {}]
    assert hub.settings_of("acme/asking")["settings"] == there
