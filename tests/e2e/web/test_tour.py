"""A look around with the made-up company: every page, at a desk and on a phone.

`make screenshots` runs this too, and keeps what it saw.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.web.looking import DESK, PHONE, faults, wider_than_the_screen

PICTURES = os.environ.get("HUB_SCREENSHOTS")


@pytest.fixture(scope="module")
def here(context: BrowserContext) -> Iterator[str]:
    """The connection's address, once the made-up company is set up as the page offers it."""
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Look around").click()
    page.wait_for_url(re.compile("/queue"), timeout=120_000)
    yield page.url.removesuffix("/queue")
    page.close()


@pytest.fixture(scope="module")
def company(here: str) -> str:
    """The company's address."""
    return "/companies/" + here.rsplit("/", 2)[1]


def invoice(page: Page, company: str) -> str:
    """The address of a document that is in the books."""
    page.goto(f"{company}/records?type=ship_doc")
    found = page.locator("tbody tr", has_text="shipped").locator("a[href*='/ship_doc/']").first.get_attribute("href")
    assert found is not None
    return found


def pages(page: Page, here: str, company: str) -> dict[str, str]:
    """Every page that there is, by the name of its picture."""
    record = invoice(page, company)
    return {
        "companies": "/",
        "queue": f"{here}/queue",
        "attention": f"{here}/queue?state=attention",
        "grouped": f"{here}/queue?group=error",
        "sent": f"{here}/queue?state=books",
        "jobs": f"{here}/jobs",
        "job": f"{here}/jobs/1",
        "schedule": f"{here}/jobs/schedule",
        "record": record,
        "undo": f"{record}?ask=undo",
        "both-sides": f"{record}?part=books",
        "records": f"{company}/records",
        "conflicts": f"{here}/conflicts",
        "reconcile": f"{here}/reconcile?from=2000-01-01&to=2100-01-01&go=1",
        "connection": f"{here}/connection",
        "connections": f"{company}/connections",
        "keys": f"{company}/keys",
        "audit": f"{company}/audit",
        "users": "/admin/users",
        "account": "/account",
    }


def test_every_page_can_be_read_by_everybody_on_any_screen(page: Page, here: str, company: str) -> None:
    wrong = {}
    for name, path in pages(page, here, company).items():
        for device, size in (("desk", DESK), ("phone", PHONE)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            answer = page.goto(path)
            page.wait_for_load_state("networkidle") if name == "record" else None
            met = [f"status {answer.status}"] if answer is None or answer.status != 200 else faults(page)
            if (over := wider_than_the_screen(page)) > 0:
                met.append(f"{over} px wider than the screen")
            if met:
                wrong[f"{name}, {device}"] = met
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{device}.png", full_page=device == "phone")
    assert wrong == {}


def test_every_page_can_be_read_without_scripts(context: BrowserContext, page: Page, here: str, company: str) -> None:
    assert context.browser is not None
    plain = context.browser.new_context(
        base_url=here.partition("/c/")[0], java_script_enabled=False, storage_state=context.storage_state()
    )
    reader = plain.new_page()
    for name, path in pages(page, here, company).items():
        reader.goto(path)
        expect(reader.get_by_role("heading", level=1), name).to_be_visible()
    plain.close()


def test_C3_a_duplicate_name_is_resolved_on_the_page(page: Page, here: str) -> None:
    page.goto(f"{here}/conflicts")
    conflict = page.locator("section[id^=conflict-]").first
    id = conflict.get_attribute("id")
    conflict.get_by_role("button", name="It is the same: keep the source's values").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Keep the source's values")
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert faults(page) == []
        assert wider_than_the_screen(page) <= 0
    looked = page.url
    page.get_by_role("link", name="Do nothing").click()
    page.go_back()
    expect(page).to_have_url(looked)
    page.get_by_role("button", name="Keep the source's values").click()
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.locator(f"#{id}")).to_have_count(0)


def test_J2_a_schedule_is_set_in_words(page: Page, here: str) -> None:
    page.goto(f"{here}/jobs/schedule")
    page.get_by_label("Or say it in words").fill("every 15 minutes, Monday to Friday, Berlin time")
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_text(re.compile("every 15 minutes", re.IGNORECASE)).first).to_be_visible()
    page.goto(f"{here}/jobs")
    expect(page.get_by_text(re.compile("every 15 minutes, Monday to Friday", re.IGNORECASE))).to_be_visible()


def test_J10_a_plan_is_shown_and_exactly_that_is_run(page: Page, here: str) -> None:
    page.goto(f"{here}/jobs")
    page.get_by_role("button", name="Plan…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What the next sync would do")
    assert faults(page) == []
    page.get_by_role("button", name=re.compile("^Run exactly this")).click()
    # The page of the job follows it to its end by itself.
    expect(page.get_by_role("heading", level=1)).to_contain_text("Completed")
    expect(page.get_by_text("with plan")).to_be_visible()
    page.goto(f"{here}/jobs")
    expect(page.locator("tbody tr").first).to_contain_text("plan")
