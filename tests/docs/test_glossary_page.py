"""docs/glossary.md explains every word of the specification's table in words of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _table(specification: str) -> dict[str, str]:
    part = specification.split("## 1. Words", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")][1:]
    return {word.strip(): meaning.strip() for word, meaning in rows}


def test_no_word_of_the_specification_is_missing(page: Callable[[str], Any], specification: str) -> None:
    explained = {row[0] for row in page("glossary.md").rows("Word")}
    wanted = _table(specification)
    assert len(wanted) > 15
    assert set(wanted) - explained == set()


def test_no_meaning_is_copied(page: Callable[[str], Any], specification: str) -> None:
    told = _plain(specification)
    assert [row[0] for row in page("glossary.md").rows("Word") if _plain(row[1]) in told] == []


def test_every_word_is_explained_once_in_one_line(page: Callable[[str], Any]) -> None:
    rows = page("glossary.md").rows("Word")
    words = [row[0] for row in rows]
    assert len(words) == len(set(words))
    assert [row[0] for row in rows if not row[1]] == []
