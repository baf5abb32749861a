"""Opens the FILE of a command, or standard input for `-`; what cannot be read is said in one sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hub.errors import InvalidInput


@contextmanager
def opened_file(name: str) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input.

    Raises:
        InvalidInput: `file_not_found`, or `file_unreadable` for directories, missing rights and failing disks.
    """
    if name == "-":
        if sys.stdin is None or sys.stdin.closed:
            raise InvalidInput("There is no standard input.", code="file_unreadable", fix="Name a file.")
        if sys.stdin.isatty():
            print("Reading from the keyboard; end with Ctrl-D.", file=sys.stderr)
        with _plain_words("standard input"):
            yield sys.stdin.buffer
        return
    with _plain_words(f"the file {name}"), Path(name).open("rb") as file:
        yield file


@contextmanager
def _plain_words(what: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise InvalidInput(
            f"There is no {what.removeprefix('the ')}.",
            code="file_not_found",
            fix="Check its name, or write - to read standard input.",
        ) from None
    except IsADirectoryError:
        raise InvalidInput(
            f"{what[0].upper()}{what[1:]} is a directory.", code="file_unreadable", fix="Name a file in it."
        ) from None
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise InvalidInput(
            f"{what[0].upper()}{what[1:]} cannot be read: {fault.strerror or fault}.",
            code="file_unreadable",
            fix="Check its rights.",
        ) from None


def decode(raw: bytes) -> str:
    """Bytes as text, a byte order mark left out; InvalidInput `not_utf8` says where they stop being UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InvalidInput(
            f"This is not UTF-8 text: byte {fault.start + 1} does not belong there.",
            code="not_utf8",
            fix="Save it as UTF-8.",
        ) from None
