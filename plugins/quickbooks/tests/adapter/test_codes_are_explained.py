"""Every code that the adapter gives stands in its README, with what QuickBooks' own number for it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import hub_quickbooks
from hub_quickbooks.catalogue import ENTRIES, Does

PACKAGE = Path(hub_quickbooks.__file__).parent
README = (PACKAGE.parent / "README.md").read_text("utf-8")
POSITION = {"wrong": 2, "_refused": 2}
"""Where helpers take their code."""


def given() -> Iterator[str]:
    for file in PACKAGE.rglob("*.py"):
        if "sandbox" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            told = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            told += node.args[POSITION[name] : POSITION[name] + 1] if name in POSITION else []
            yield from (each.value for each in told if isinstance(each, ast.Constant) and isinstance(each.value, str))


def test_every_code_of_the_adapter_is_explained_and_no_other() -> None:
    codes = set(given())
    assert {"edited_in_books", "payments_applied", "cannot_apply", "app_missing"} <= codes
    explained = set(re.findall(r"^\| `(?!quickbooks_)(\w+)` \| (?:yes|no) \|", README, re.MULTILINE))
    assert codes - explained == set(), "not in the README"
    assert explained - codes == set(), "in the README, but nothing gives it"


def test_every_refusal_of_quickbooks_stands_there_with_its_number() -> None:
    rows = re.findall(r"^\| `quickbooks_(\w+)` \| ([\d, ]+) \|", README, re.MULTILINE)
    told = {(int(number), word) for word, numbers in rows for number in numbers.split(", ")}
    refused = (Does.REFUSED, Does.GONE)  # the others are outcomes that every adapter has
    assert told == {(entry.code, entry.word) for entry in ENTRIES if entry.does in refused}
