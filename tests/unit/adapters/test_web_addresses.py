"""Which of a plugin's addresses a person is shown: whole ones of http and https, and nothing a browser would run."""

from __future__ import annotations

from typing import Any

import pytest

from hub.adapters.links import web_address


@pytest.mark.parametrize(
    "url",
    [
        "https://books.example/app/invoice?txnId=1",
        "http://127.0.0.1:8750/?realm=1&list=Invoice&id=7",
        "https://[::1]:8750/",
        "https://books.example/%C3%A4#row-1",
    ],
)
def test_a_whole_address_is_shown_as_it_is(url: str) -> None:
    assert web_address(url) == url


@pytest.mark.parametrize(
    "told",
    [
        None, 7, b"https://books.example/", ["https://books.example/"], "", "1", "/app/invoice", "//books.example/",
        "books.example/1", "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>", "vbscript:x", "file:hub.db", "ftp://books.example/", "https:", "https://",
        "https:books.example", "https://ann:secret@books.example/", "https://books.example@evil.example/",
        "https:\\\\evil.example", "https://books.example/\\x", "https://books.example/\nx", "https://books.example/ x",
        "https://books.example/\x00", 'https://books.example/"onclick=', "https://books.example/<script>",
        "https://books.example/\u00e4", "https://b\u00fccher.example/", "https://books.example:port/",
        "https://books.example:99999/", "https://[books.example/", "https://books.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_anything_else_is_no_link(told: Any) -> None:
    assert web_address(told) is None
