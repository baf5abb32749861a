"""A page for a person: what is in the books, as counts, lists and balances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub_quickbooks.sandbox.engine import Sandbox


def page(sandbox: Sandbox, query: Mapping[str, str]) -> str:
    """The whole page."""
    return f"<p>{len(sandbox.realms())} {len(query)}</p>"
