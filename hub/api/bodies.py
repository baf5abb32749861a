"""What was sent, read exactly: known parameters, JSON with numbers as Decimal, nothing that a database cannot store."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from hub.errors import InvalidInput, UsageError
from hub.model import read_json
from hub.queue.cursor import LARGEST_ID

DEEPEST = 20
"""Levels of lists and objects in each other; what is set here has two or three."""
_LARGE = 64 * 1024
"""Bytes that are read in a thread, so that others are served meanwhile."""


def check_address(request: Request) -> None:
    """InvalidInput `invalid_request` for an address with a NUL in it: no database stores one."""
    if "\0" in request.scope["path"] or "%00" in request.scope.get("query_string", b"").decode("latin-1"):
        raise InvalidInput(
            "The address holds a NUL character.", code="invalid_request", fix="Leave it out; no text may hold it."
        )


def check_query(request: Request, known: Sequence[str]) -> None:
    """Each parameter is one of the known, and is given once.

    Raises:
        InvalidInput: `unknown_parameter`, for a mistyped filter that is passed over would let everything through;
            `repeated_parameter`, for of two values one would be passed over.
    """
    unknown = next((name for name in request.query_params if name not in known), None)
    if unknown is None:
        _once_each([name for name, _ in request.query_params.multi_items()], known)
        return
    near = get_close_matches(unknown, known, 1)
    takes = f"It takes {', '.join(known)}." if known else "It takes none."
    raise InvalidInput(
        f"This call knows no parameter {unknown[:60]!r}.",
        code="unknown_parameter",
        fix=f"Did you mean {near[0]}? {takes}" if near else takes,
        details={"unknown": unknown[:60], "known": list(known)},
    )


def _once_each(given: Sequence[str], known: Sequence[str]) -> None:
    repeated = next((name for name in given if given.count(name) > 1), None)
    if repeated is not None:
        raise InvalidInput(
            f"The parameter {repeated} is given {given.count(repeated)} times.",
            code="repeated_parameter",
            fix="Give it once.",
            details={"repeated": repeated, "known": list(known)},
        )


async def read_body(request: Request) -> None:
    """Read the body, which the endpoint then finds parsed.

    Raises:
        UsageError: `not_json` for another content type, `malformed_json`, `incomplete_body`.
    """
    try:
        raw = await request.body()
    except ClientDisconnect:
        raise UsageError("The body broke off.", code="incomplete_body", fix="Send it again.") from None
    if not raw:
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise UsageError(
            f"This call takes JSON, not {kind[:80] or 'a body of unnamed type'}.",
            code="not_json",
            fix="Send it with Content-Type: application/json.",
        )
    parsed = await run_in_threadpool(parse, raw) if len(raw) > _LARGE else parse(raw)
    request.state.json = parsed
    request._json = parsed  # where FastAPI finds it: read once, and exactly


def parse(raw: bytes) -> Any:
    """The document; UsageError `malformed_json`."""
    try:
        return read_json(raw.decode())
    except InvalidInput as fault:
        raise UsageError(fault.message, code="malformed_json", fix=fault.fix) from None
    except ValueError as fault:
        words = "it is not UTF-8" if isinstance(fault, UnicodeDecodeError) else str(fault)
        raise UsageError(f"This is not JSON: {words}.", code="malformed_json", fix="Correct the JSON.") from None


def storable(value: Any, depth: int = 0) -> Any:
    """The value; InvalidInput `invalid_request` when a database could not keep it, or it is nested beyond all use."""
    if isinstance(value, str):
        _storable_text(value)
    elif depth > DEEPEST:
        raise InvalidInput("The body is nested too deeply.", code="invalid_request", fix="Send plain values.")
    elif isinstance(value, dict):
        for key, each in value.items():
            _storable_text(key)
            storable(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            storable(each, depth + 1)
    elif isinstance(value, int | Decimal) and not -LARGEST_ID <= value <= LARGEST_ID:
        raise InvalidInput("A number is out of all proportion.", code="invalid_request", fix="Send a smaller one.")
    return value


def plain(value: Any) -> Any:
    """The same for the hub's settings: numbers that are no whole ones as text, which every setting reads exactly."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Decimal) else storable(value)


def _storable_text(text: str) -> None:
    try:
        if "\0" not in text.encode().decode():
            return
    except UnicodeError:
        pass
    raise InvalidInput(
        "A text of the body holds a NUL character or is no Unicode.",
        code="invalid_request",
        fix="Send plain text.",
    )


def sent(request: Request) -> Any:
    """The body as it was parsed, for endpoints that hand it on; UsageError `body_missing` where there is none."""
    if not hasattr(request.state, "json"):
        raise UsageError("This call needs a body.", code="body_missing", fix="Send it as JSON.")
    return request.state.json


def sent_object(request: Request) -> dict[str, Any]:
    """The same, where it is to be an object of plain values; InvalidInput `invalid_request`."""
    found = sent(request)
    if not isinstance(found, dict):
        raise InvalidInput("The body is no object.", code="invalid_request", fix="Send a JSON object.")
    storable(found)
    return found


Sent = Annotated[Any, Depends(sent)]
SentObject = Annotated[dict[str, Any], Depends(sent_object)]
