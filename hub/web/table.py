"""Rows as a CSV file that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The file's text, with a mark in front by which spreadsheets know that it is UTF-8."""
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow(head)
    write.writerows([_plain(value) for value in row] for row in rows)
    return "\ufeff" + text.getvalue()


def _plain(value: Any) -> str:
    """What begins like a formula gets an apostrophe in front; a number is left as it is."""
    said = "" if value is None else str(value)
    if said[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and not _NUMBER.fullmatch(said):
        return "'" + said
    return said
