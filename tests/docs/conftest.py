"""Pages of the documentation, and the pieces that tests look at: tables, code blocks, words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BAR = re.compile(r"(?<!\\)\|")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Page:
    """One page of docs/."""

    def __init__(self, name: str) -> None:
        self.text = (ROOT / "docs" / name).read_text("utf-8")

    def blocks(self, language: str) -> list[str]:
        """The code blocks of that language."""
        return [text for found, text in _FENCE.findall(self.text) if found == language]

    def rows(self, first: str) -> list[list[str]]:
        """The rows of every table whose head begins with `first`, back ticks taken off cells that are one word."""
        found: list[list[str]] = []
        inside = False
        for line in self.text.splitlines():
            if not line.startswith("|"):
                inside = False
                continue
            cells = [cell.strip() for cell in _BAR.split(line.strip()[1:-1])]
            if cells[0] == first:
                inside = True
            elif inside and not set(cells[0]) <= set("-:| "):
                found.append([_bare(cell) for cell in cells])
        return found


def _bare(cell: str) -> str:
    return cell.strip("`") if cell.count("`") == 2 and cell[0] == cell[-1] == "`" else cell


@pytest.fixture
def page() -> Callable[[str], Page]:
    """Open a page by its file name."""
    return Page


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture
def specification(root: Path) -> str:
    """The behaviour specification, where it is at hand beside the checkout."""
    file = root.parent / "shared" / "spec.md"
    if not file.is_file():
        pytest.skip("the specification (../shared/spec.md) is not at hand beside this checkout")
    return file.read_text("utf-8")
