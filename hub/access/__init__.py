"""Who may come in and what they may do: users, sessions, API keys; of every secret only a digest is kept."""

from hub.access.rights import Caller, Grant, May, Role

__all__ = [
    "Caller", "Grant", "May", "Role",
]  # fmt: skip
