"""Every link from one page to another, or to a file of the repository, leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PAGES = ("writing-an-adapter.md", "adapter-kit.md", "hooks.md", "settings.md", "errors.md", "rules.md", "glossary.md")


def anchors(text: str) -> set[str]:
    """The anchors that headings make, as the usual renderers spell them."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_files_and_headings_that_exist(root: Path, name: str) -> None:
    file = root / "docs" / name
    for link in LINK.findall(file.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target.read_text("utf-8")), link
