"""What is looked for on every page, at a desk and on a phone."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def faults(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, in words."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def wider_than_the_screen(page: Page) -> int:
    """By how many pixels the page itself has to be moved sideways; tables may move inside it."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
