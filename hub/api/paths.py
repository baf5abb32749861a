"""Source ids in addresses: a slash written as %2F belongs to the id and parts nothing."""

from __future__ import annotations

from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send


class ExactPaths:
    """Leaves `/` and `%` of a source id encoded in the path by which routes are found; `hub.api.caller` decodes them.

    Servers decode the whole path before anybody sees it, so `a%2Fundo` and `a/undo` would be one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the path as it was sent, and go on."""
        raw = scope.get("raw_path") if scope["type"] == "http" else None
        if raw and b"/records/" in raw:
            scope = {**scope, "path": exact(raw.partition(b"?")[0].decode("latin-1"))}
        await self.app(scope, receive, send)


def exact(raw: str) -> str:
    """The decoded path, save that the segment of a source id keeps what would part it."""
    parts = raw.split("/")
    for at in range(2, len(parts) - 2):
        if parts[at] == "records" and parts[at - 2] == "companies":
            parts[at + 2] = unquote(parts[at + 2]).replace("%", "%25").replace("/", "%2F")
            head, tail = parts[: at + 2], parts[at + 3 :]
            return "/".join([*map(unquote, head), parts[at + 2], *map(unquote, tail)])
    return unquote(raw)
