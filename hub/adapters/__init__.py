"""The contract with adapter plugins: hooks, the values that pass through them, discovery, and the relay."""

from hub.adapters.capability import Capabilities, NameRule, Removal
from hub.adapters.content import content_of, edited_fields
from hub.adapters.discovery import Found, describe_adapter, find_adapters, get_adapter, load_extensions
from hub.adapters.hookspecs import AdapterSpec, hookimpl
from hub.adapters.relay import Line, Relay, Renewed
from hub.adapters.types import (
    CONTRACT,
    AdapterContext,
    AdapterInfo,
    Applied,
    ChangePage,
    Conflict,
    Fault,
    Find,
    Identity,
    NoSettings,
    Outcome,
    Rejected,
    RemoteObject,
    RemoteRef,
    Request,
    Unauthorised,
    UndoPlan,
    Unknown,
    Waiting,
)

__all__ = [
    "CONTRACT", "AdapterContext", "AdapterInfo", "AdapterSpec", "Applied", "Capabilities", "ChangePage", "Conflict",
    "Fault", "Find", "Found", "Identity", "Line", "NameRule", "NoSettings", "Outcome", "Rejected", "Relay",
    "RemoteObject", "RemoteRef", "Removal", "Renewed", "Request", "Unauthorised", "UndoPlan", "Unknown", "Waiting",
    "content_of", "describe_adapter", "edited_fields", "find_adapters", "get_adapter", "hookimpl", "load_extensions",
]  # fmt: skip
