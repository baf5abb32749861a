"""Which command helps with an error: its words speak of the deed, and fit the page and REST as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_COMMANDS = {
    "authorisation_lost": "hub connect {company} ADAPTER --name NAME",
    "bad_head": "hub verify",
    "both_changed": "hub conflicts {connection}",
    "check_by_hand": "hub show {company} {type} {source_id}",
    "company_not_found": "hub company list",
    "connect_again": "hub connect {company} ADAPTER --name NAME",
    "connection_paused": "hub connections",
    "connection_not_found": "hub connections",
    "job_not_found": "hub jobs {connection}",
    "job_unfinished": "hub jobs {connection}",
    "keep_missing": "hub link --help",
    "keep_source_only": "hub link --help",
    "plan_applied": "hub plan {connection}",
    "plan_changed": "hub plan {connection}",
    "plan_not_found": "hub plan {connection}",
    "request_not_found": "hub queue {connection}",
    "reason_missing": "--reason TEXT",
    "stale_version": "hub queue release {connection} {id}",
}


class _Known(dict[str, Any]):
    """What is known of the error; what is not stands there as its own name."""

    def __missing__(self, name: str) -> str:
        return name.upper()


def command_for(code: str, about: Mapping[str, Any] | None = None) -> str:
    """The command for an error of this code, with the names that `about` knows; empty where none helps."""
    return _COMMANDS.get(code, "").format_map(_Known(about or {}))
