"""The hub's mark in a document's private note: the last line, so that what people write there stays theirs."""

from __future__ import annotations

import re

_MARK = re.compile(r"\[(hub-[0-9a-f]{8,36})\]")
LONGEST_NOTE = 4000


def marked(memo: str | None, marker: str) -> str:
    """The note with the mark; longer than QuickBooks takes when the memo is too long, which the caller tells."""
    line = f"[{marker}]"
    return f"{memo.rstrip()}\n{line}" if memo and memo.strip() else line


def mark_in(note: object) -> str:
    """The newest mark in a note; empty when there is none."""
    found = _MARK.findall(note) if isinstance(note, str) else []
    return found[-1] if found else ""


def memo_in(note: object) -> str | None:
    """What people wrote in it."""
    text = _MARK.sub("", note).strip() if isinstance(note, str) else ""
    return text or None
