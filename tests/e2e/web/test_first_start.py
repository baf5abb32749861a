"""The first start, as a person meets it."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.web.conftest import EMAIL, PASSWORD, Server
from tests.e2e.web.looking import faults


def test_the_first_administrator_comes_in_by_the_printed_link(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_text("Ann")).to_be_visible()
    assert faults(page) == []


def test_the_link_is_good_once(page: Page, welcome: str) -> None:
    assert page.request.get(welcome).status == 404


def test_a_wrong_password_is_told_and_the_right_one_leads_where_one_was_going(browser: Browser, server: Server) -> None:
    page = browser.new_page(base_url=server.address)
    page.goto("/c/nowhere/mock/queue")
    expect(page).to_have_url(re.compile("/login"))
    assert faults(page) == []
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill("not this one, surely")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(server.address + "/c/nowhere/mock/queue")
    expect(page.get_by_role("alert")).to_contain_text("There is no connection")
    page.close()
