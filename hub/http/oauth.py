"""OAuth 2 as books speak it: the address to authorise at, and codes and refresh tokens exchanged; storing is the hub's.

Nothing here retries or remembers. The hub renews once, under its own lease, and commits what came back before it is
used (`hub/credentials.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from hub.errors import AuthorisationLost, BooksProblem
from hub.http.redaction import Redactor
from hub.http.shapes import Shape, shape_of
from hub.http.transport import NoAnswer, NotSent, Reply, Transport

PATIENCE = timedelta(seconds=30)


class TokenRefused(AuthorisationLost):
    """The token host refused: the word of RFC 6749 is in `reason`."""

    def __init__(self, message: str, *, reason: str, fix: str = "") -> None:
        super().__init__(message, fix=fix, details={"reason": reason})
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What the token host gave. Times are seconds from now; None where it did not say."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_seconds: int | None = None
    refresh_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """One application's dealings with one authorisation server.

    Attributes:
        authorise_at: where a person says yes.
        tokens_at: where codes and refresh tokens are exchanged.
        revoke_at: where a token is given back.
        title: what people call these books.
    """

    transport: Transport
    now: Callable[[], datetime]
    title: str
    authorise_at: str
    tokens_at: str
    revoke_at: str
    client_id: str
    client_secret: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    def authorise_url(self, *, redirect_uri: str, scope: str, state: str) -> str:
        """The address at which a person authorises the hub."""
        asked = {
            "client_id": self.client_id,
            "response_type": "code",
            "scope": scope,
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self.authorise_at}?{urlencode(asked)}"

    def exchange(self, code: str, redirect_uri: str) -> Tokens:
        """Tokens for a code, which works once.

        Raises:
            TokenRefused: the code is not taken, or the application's own key.
            BooksProblem: there was no usable answer.
        """
        return self._tokens({"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}, code)

    def refresh(self, refresh_token: str) -> Tokens:
        """Fresh tokens; raises as :meth:`exchange`."""
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token}, refresh_token)

    def revoke(self, token: str) -> None:
        """Give a token back; one that is unknown there is given back already."""
        reply = self._post(self.revoke_at, {"token": token}, token)
        if reply.status >= 500:
            raise self._unusable(reply)

    def _tokens(self, form: Mapping[str, str], secret: str) -> Tokens:
        reply = self._post(self.tokens_at, form, secret)
        shape, content = shape_of(reply.body)
        said = content if shape is Shape.JSON and isinstance(content, dict) else {}
        if reply.status == 200 and isinstance(said.get("access_token"), str):
            return Tokens(
                access=said["access_token"],
                refresh=_text(said, "refresh_token") or form.get("refresh_token", ""),
                access_seconds=_seconds(said, "expires_in"),
                refresh_seconds=_seconds(said, "x_refresh_token_expires_in"),
            )
        if reply.status in (400, 401, 403) and said.get("error"):
            raise self._refused(said, Redactor([secret, self.client_secret]), reply)
        raise self._unusable(reply)

    def _post(self, url: str, form: Mapping[str, str], secret: str) -> Reply:
        try:
            return self.transport.send(
                "POST", url, deadline=self.now() + PATIENCE, kind="token", body=urlencode(form).encode(),
                headers={
                    "Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", **self.headers,
                },
                auth=(self.client_id, self.client_secret),
            )  # fmt: skip
        except (NotSent, NoAnswer) as fault:
            raise BooksProblem(
                f"The authorisation server of {self.title} did not answer: {Redactor([secret])(str(fault))}",
                fix="Try again later.",
            ) from None

    def _refused(self, said: Mapping[str, Any], redact: Redactor, reply: Reply) -> TokenRefused:
        reason = _text(said, "error")
        words = redact(_text(said, "error_description") or reason)
        if reason in ("invalid_client", "unauthorized_client"):
            return TokenRefused(
                f"{self.title} does not know this application: {words}.",
                reason=reason,
                fix="Correct the client id and secret; keys for development open only sandbox companies.",
            )
        named = f" (request {reply.request_id})" if reply.request_id else ""
        return TokenRefused(
            f"{self.title} no longer takes this authorisation: {words}{named}.",
            reason=reason,
            fix="Connect it again.",
        )

    def _unusable(self, reply: Reply) -> BooksProblem:
        return BooksProblem(
            f"The authorisation server of {self.title} gave no usable answer (status {reply.status}).",
            fix="Try again later.",
        )


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _seconds(said: Mapping[str, Any], name: str) -> int | None:
    value = said.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
