"""Whose books these are: never another company's than those the connection was made with (rule X7)."""

from __future__ import annotations

from hub.adapters import Identity
from hub.errors import PluginProblem


def same_books(label: str, known_id: str | None, known_name: str | None, found: Identity) -> None:
    """PluginProblem `wrong_company` unless the books are the ones this connection was made with (X7)."""
    if known_id is not None and known_id != found.id:
        raise PluginProblem(
            f"{label} was connected to {known_name!r}, but the books now say they are {found.name!r}.",
            code="wrong_company",
            fix="Connect to the right company, or make a new connection for this one.",
            details={"expected": known_id, "found": found.id},
        )
