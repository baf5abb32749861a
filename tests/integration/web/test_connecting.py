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
from sqlalchemy import select, update

from hub.adapters import AdapterInfo, Found, hookimpl
from hub.errors import HubError
from hub.store.tables import audit, connections
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
    refused = ann.get(f"/connect/callback?state={begun(ann, name='second')}&error=access_denied")
    assert refused.status_code == 409
    assert "access_denied" in refused.text
    assert '<form class="card" method="post" action="/companies/acme/connect/asking">' in refused.text, "and back again"
    assert 'value="Acme Ltd"' in refused.text, "what was typed is kept"
    assert re.findall(r'<input [^>]*name="name" value="([^"]*)"', refused.text) == ["second"]
    assert "What is secret is never shown again: type it once more." in refused.text
    assert SECRET not in refused.text


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
    text = readable(answer.text)
    assert "Nothing was kept: what is wrong stands beside its field." in text
    assert "Write a whole number." in text
    assert "Write 0 or more." in text
    for program in ("Input should", "unable to parse", "batch_size:", "Value error"):
        assert program not in text
    assert ann.send("/companies/acme/connect/nonsense").status_code == 422


def test_a_second_connection_of_an_adapter_is_made_from_the_page(scratch: Scratch, ann: Person) -> None:
    page = ann.see("/companies/acme/connections")
    another = "/companies/acme/connect/mock?another=yes"
    assert f'href="{another}">Connect another one<' in page
    assert 'href="/companies/acme/connect/mock?name=mock">Settings of acme/mock<' in page
    assert ">Connect Asking books<" in page, "of an adapter without a connection the first one is made"
    form = ann.see(another)
    (field,) = re.findall(r'<input [^>]*name="name"[^>]*>', form)
    assert "required" in field
    assert "hidden" not in field
    assert 'value="' + str(scratch.folder) not in form, "nothing of the other one's settings"
    before = scratch.hub.settings_of("acme/mock")
    for name in ("", "mock"):
        answer = ann.send("/companies/acme/connect/mock", new="yes", name=name, **{"set:company_id": "77"})
        assert answer.status_code == 422
        assert "There is a connection acme/mock already." in answer.text
        assert 'value="77"' in answer.text
    assert scratch.hub.settings_of("acme/mock") == before
    asked = ann.send("/companies/acme/connect/asking", new="yes", name="second", **{"secret:client_secret": SECRET})
    assert "Now let the hub in" in asked.text


def test_leaving_a_sandbox_leads_to_the_form_of_another_connection(ann: Person, sandbox: str) -> None:
    asked = ann.send("/companies/acme/connect/quickbooks", **{"set:sandbox_url": sandbox})
    (yes,) = re.findall(r'name="state" value="([^"]+)"', asked.text)
    ann.send("/connect/confirm", state=yes)
    left = ann.send("/companies/acme/connect/quickbooks", name="quickbooks", **{"set:sandbox_url": ""})
    assert left.status_code == 409
    assert "would lead to the real books" in left.text
    wrong = readable(ann.send("/companies/acme/connect/quickbooks", **{"set:sandbox_url": "nowhere"}).text)
    assert "Write an address such as http://127.0.0.1:8760." in wrong
    assert "Value error" not in wrong
    assert 'href="/companies/acme/connect/quickbooks?another=yes">Connect another one<' in left.text
    assert "Name of the connection" in ann.text("/companies/acme/connect/quickbooks?another=yes")


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


NOTICE = "This connection is paused: nothing is sent."
PLACES = ("/c/acme/mock/queue", "/c/acme/mock/queue?state=books", "/c/acme/mock/queue?group=error", "/c/acme/mock/jobs",
          "/c/acme/mock/connection")  # fmt: skip


def sync_button(page: str) -> str:
    found = re.search(r"<button[^>]*>Sync now<", page)
    return found[0] if found else ""


def test_a_pause_is_told_wherever_one_waits_for_a_sync_with_the_way_on(
    scratch: Scratch, ann: Person, bob: Person
) -> None:
    scratch.hub.set_schedule("acme/mock", every="15m")
    for place in PLACES:
        assert NOTICE not in ann.text(place)
    assert "; next " in ann.text("/c/acme/mock/jobs")
    ann.send("/c/acme/mock/connection", do="pause", reason="year <end>")
    for place in PLACES:
        page = ann.see(place)
        assert NOTICE in page, place
        assert "Paused by Ann: year <end>." in readable(page)
        assert page.count('value="resume"') == 1, place
        theirs = bob.see(place)
        assert "An administrator of the company can let it go on." in readable(theirs)
        assert 'value="resume"' not in theirs
        if not place.endswith("connection"):
            assert "disabled" in sync_button(page)
            assert "btn-primary" not in sync_button(page)
    for place in ("/", "/c/acme/mock/jobs", "/c/acme/mock/connection"):
        assert "not while it is paused" in ann.text(place)
    assert "; next " not in ann.text("/c/acme/mock/jobs")
    ann.send("/c/acme/mock/connection", do="resume")
    assert "btn-primary" in sync_button(ann.see("/c/acme/mock/queue"))


def test_what_the_books_have_shut_leads_to_connecting_again(scratch: Scratch, ann: Person) -> None:
    with scratch.hub.core.database.write("acme") as db:
        db.execute(update(connections).values(paused_reason="The token has ended. Connect it again."))
    for place in PLACES:
        page = ann.see(place)
        assert "The token has ended." in page
        assert '<a class="btn btn-primary" href="/companies/acme/connect/mock?name=mock">Connect again</a>' in page
        assert 'value="resume"' not in page


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


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("hold_after", "0", "Write 1 or more."),
        ("hold_after", "many", "Write a whole number."),
        ("brake_percent", "101", "Write 100 or less."),
        ("start_date", "2026-02-31", "Write a day of the calendar, such as 2026-03-31."),
        ("ship_doc.trigger_statuses", "", "Names no status, so nothing would ever be queued."),
    ],
)
def test_what_is_wrong_with_a_policy_stands_beside_its_field_in_plain_words(
    scratch: Scratch, ann: Person, field: str, typed: str, told: str
) -> None:
    before = scratch.hub.policy("acme/mock")
    answer = ann.send(
        "/c/acme/mock/connection",
        **{"do": "policy", f"p:{field}": typed, "p:brake_from": "17", "p:item.direction": "off"},
    )
    assert answer.status_code == 422
    name = re.escape(f"p:{field}")
    beside = re.findall(
        rf'<input [^>]*is-invalid" [^>]*name="{name}" [^>]*>\s*<div class="invalid-[^>]*>([^<]*)', answer.text
    )
    assert beside == [told]
    assert answer.text.count("invalid-feedback") == 1
    assert 'name="p:brake_from" inputmode="numeric" value="17"' in answer.text, "what was typed is kept"
    text = readable(answer.text)
    assert "Nothing was kept: what is wrong stands beside its field." in text
    for program in ("Input should", "unable to parse", field, "Value error", "This policy cannot be used"):
        assert program not in text
    assert scratch.hub.policy("acme/mock") == before


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
