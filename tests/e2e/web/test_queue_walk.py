"""The Sync Queue and a document's page, worked by a person in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.web.conftest import Server
from tests.e2e.web.looking import PHONE, faults, wider_than_the_screen

HERE = "/c/acme/mock/queue"


def ship_doc(number: str, status: str = "shipped", item: str = "I1") -> dict[str, object]:
    lines = [{"item": item, "quantity": "2", "unit_price": "10.00"}]
    return {"type": "ship_doc", "source_id": number, "number": number, "status": status, "date": "2026-01-04",
            "customer": "C1", "lines": lines}  # fmt: skip


@pytest.fixture(scope="module")
def acme(server: Server, welcome: str) -> Server:
    """The company `acme`: some of its records are in the mock books, some wait, one is refused."""
    server.hub("company", "add", "Acme")
    server.hub("connect", "acme", "mock")
    server.load([
        {"type": "customer", "source_id": "C1", "name": "Alfreds Futterkiste"},
        {"type": "item", "source_id": "I1", "name": "Queso Cabrales", "unit_price": "10.00"},
        ship_doc("S1"), ship_doc("S2"),
    ])  # fmt: skip
    server.hub("sync", "acme/mock")
    server.hub("mock", "fault", "acme/mock", "refuse", "--times", "2", "--on", "create")
    server.load([{"type": "customer", "source_id": "C2", "name": "Bottom-Dollar"}, ship_doc("S3")])
    server.hub("sync", "acme/mock", check=False)
    server.load([{"type": "customer", "source_id": "C3", "name": "Cactus"}, ship_doc("S4")])
    return server


def test_the_queue_says_what_waits_and_what_needs_attention(page: Page, acme: Server) -> None:
    page.goto(HERE)
    expect(page.get_by_role("link", name="Needs attention 2")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Cactus"))).to_contain_text("Waiting")
    assert faults(page) == []


def test_a_filter_stands_in_the_address_so_that_a_view_is_a_bookmark(page: Page, acme: Server) -> None:
    page.goto(HERE)
    page.get_by_role("search").get_by_label("Type", exact=True).first.select_option("ship doc")
    page.get_by_role("search").get_by_role("button", name="Show").last.click()
    expect(page).to_have_url(re.compile("type=ship_doc"))
    expect(page.get_by_role("row", name=re.compile("Cactus"))).to_have_count(0)
    bookmark = page.url
    page.goto("/")
    page.goto(bookmark)
    expect(page.get_by_role("row", name=re.compile("S4"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Cactus"))).to_have_count(0)


def test_on_a_phone_nothing_has_to_be_moved_sideways(page: Page, acme: Server) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path in ("/", HERE, f"{HERE}?state=attention", f"{HERE}?group=error", "/companies/acme/records/ship_doc/S1"):
        page.goto(path)
        assert wider_than_the_screen(page) <= 0, path
        assert faults(page) == [], path


def test_on_a_phone_a_row_is_told_in_brief_and_unfolds(page: Page, acme: Server) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{HERE}?state=attention")
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("Needs attention")
    expect(row.locator("[data-label=Record]")).to_be_visible()
    expect(row.locator(".trouble")).to_be_visible()
    expect(row.locator("[data-label=Queued]")).to_be_hidden()
    row.get_by_text("More of").click()
    expect(row.locator("[data-label=Queued]")).to_be_visible()
    assert faults(page) == []


def test_all_that_failed_are_tried_again_at_once_with_what_is_touched_shown_before(page: Page, acme: Server) -> None:
    page.goto(f"{HERE}?state=attention")
    page.get_by_text("all 2 that match").click()
    page.get_by_role("button", name="Try again…").click()
    expect(page.get_by_role("heading", name="Try again: 2 requests")).to_be_visible()
    assert faults(page) == []
    confirmation = page.url
    page.get_by_role("button", name="Do nothing").or_(page.get_by_role("link", name="Do nothing")).click()
    page.go_back()
    expect(page).to_have_url(confirmation)
    expect(page.get_by_role("heading", name="Try again: 2 requests")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status").filter(has_text="To be tried again: 2")).to_be_visible()
    expect(page.locator("[data-count=attention]")).to_have_text("0")
    page.go_back()  # to the confirmation: nothing is left of it to be done, and the browser shows a page of ours
    expect(page.get_by_role("status").filter(has_text="nothing was done")).to_be_visible()


def test_progress_is_shown_live_and_everything_is_in_the_books_at_the_end(page: Page, acme: Server) -> None:
    page.goto(HERE)
    page.get_by_role("button", name="Sync now").click()
    page.goto(HERE)
    # The counts move by themselves: the page is not loaded again.
    expect(page.locator("[data-count=waiting]")).to_have_text("0")
    page.goto(f"{HERE}?state=books")
    expect(page.get_by_role("row", name=re.compile("Cactus"))).to_be_visible()
    assert faults(page) == []


def test_U1_an_undo_says_first_what_will_happen(page: Page, acme: Server) -> None:
    page.goto("/companies/acme/records/ship_doc/S4")
    page.get_by_role("link", name="Undo sync…").click()
    expect(page.get_by_role("region", name="Undo sync")).to_contain_text("goes back to its open status")
    assert faults(page) == []
    page.get_by_label("Reason").first.fill("posted too early")
    page.get_by_role("button", name="Undo sync", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Its sync is undone")
    expect(page.get_by_text("processing").first).to_be_visible()


def test_U3_the_books_copy_is_kept_of_a_document_that_was_synced(page: Page, acme: Server) -> None:
    here = "/companies/acme/records/ship_doc/S1"
    page.goto(f"{here}?ask=undo")
    page.get_by_label("Reason").first.fill("the books keep this one")
    page.get_by_role("button", name="Undo sync", exact=True).click()
    act(page, "Prevent sync", "keep it")
    acme.load([ship_doc("S1", "shipped")])
    page.goto(here)
    act(page, re.compile("^Delete from queue"), "keep it")
    invoices = acme.books("invoice")
    assert "S1" in invoices
    acme.hub("sync", "acme/mock", check=False)
    assert acme.books("invoice")["S1"] == invoices["S1"]


def test_U4_a_document_that_was_not_synced_is_closed_and_never_posted(page: Page, acme: Server) -> None:
    acme.load([ship_doc("S9")])
    page.goto("/companies/acme/records/ship_doc/S9")
    act(page, re.compile("^Delete from queue"), "not ours to post")
    act(page, "Prevent sync", "not ours to post")
    acme.load([ship_doc("S9", "shipped")])
    acme.hub("sync", "acme/mock", check=False)
    assert "S9" not in acme.books("invoice")
    page.reload()
    expect(page.get_by_text("sync prevented")).to_be_visible()


def act(page: Page, label: str | re.Pattern[str], reason: str) -> None:
    """Open an action of the Accounting panel, give the reason, and do it."""
    panel = page.get_by_role("region", name="Accounting")
    opened = panel.locator("details.act").filter(has=page.locator("summary", has_text=label))
    opened.locator("summary").click()
    opened.get_by_label("Reason").fill(reason)
    opened.get_by_role("button").last.click()
    expect(page.get_by_role("status").first).to_be_visible()
