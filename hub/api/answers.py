"""What every call answers with: JSON that never fails to be written, whatever somebody sent in."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fastapi.responses import JSONResponse


class Answer(JSONResponse):
    """JSON in UTF-8: decimals as strings, as everywhere; text that is no Unicode loses what cannot be written."""

    def render(self, content: Any) -> bytes:
        """The bytes."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
        return text.encode("utf-8", "replace")


def _plain(value: object) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"JSON has no word for a {type(value).__name__}")


def listed(items: list[Any]) -> dict[str, Any]:
    """A whole list, as the interfaces promise lists."""
    return {"items": items, "next": None, "total": len(items)}
