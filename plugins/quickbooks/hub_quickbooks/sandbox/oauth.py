"""OAuth 2 as Intuit serves it (facts §8): one-shot codes, access tokens that run out, refresh tokens that rotate."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from hub_quickbooks.sandbox.store import Store

SCOPE = "com.intuit.quickbooks.accounting"
_HOUR, _DAY = 3600.0, 86_400.0
_REFRESH = 8_726_400.0
_HARD = 5 * 365 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The application that the sandbox knows."""

    id: str = "sandbox-client"
    secret: str = "sandbox-secret"


@dataclass(slots=True)
class Denied(Exception):
    """The token host's own kind of error: `{"error", "error_description"}`."""

    error: str
    description: str = ""
    status: int = 400

    def as_body(self) -> dict[str, str]:
        """The JSON of it."""
        return {"error": self.error} | ({"error_description": self.description} if self.description else {})


class Authority:
    """Gives and takes tokens; every change is in the store's transaction that the caller opened."""

    def __init__(self, store: Store, client: Client, speed: float, new: Callable[[], str]) -> None:
        self._store = store
        self._client = client
        self._speed = speed
        self._new = new

    def authorise(self, asked: Mapping[str, str], now: float) -> str:
        """Approve at once: the address to go back to, with code, state and realmId."""
        if asked.get("client_id") != self._client.id:
            raise Denied("invalid_client", "The client_id is not the sandbox's.", 401)
        if asked.get("response_type") != "code":
            raise Denied("unsupported_response_type", "response_type must be code.")
        if SCOPE not in asked.get("scope", "").split():
            raise Denied("invalid_scope", f"The scope must hold {SCOPE}.")
        if not asked.get("state"):
            raise Denied("invalid_request", "state is missing.")
        redirect = asked.get("redirect_uri", "")
        try:
            parts = urlsplit(redirect)
            valid = (
                parts.scheme in ("http", "https")
                and bool(parts.hostname)
                and not parts.fragment
                and redirect.isprintable()
            )
        except ValueError:
            valid = False
        if not valid:
            raise Denied("invalid_request", "redirect_uri must be an absolute http or https address.")
        realms = [realm for (realm,) in self._store.rows("SELECT realm FROM companies ORDER BY realm")]
        realm = asked.get("realmId") or realms[0]
        if realm not in realms:
            raise Denied("invalid_request", "There is no company of that realmId.")
        code = self._keep("code", realm, self._new(), redirect, now + max(600 / self._speed, 60))
        query = urlencode({"code": code, "state": asked["state"], "realmId": realm})
        return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))

    def token(self, form: Mapping[str, str], headers: Mapping[str, str], now: float) -> dict[str, Any]:
        """The token endpoint: exchange a code, or refresh."""
        self._check_client(headers)
        match form.get("grant_type"):
            case "authorization_code":
                realm, grant = self._exchange(form, now)
                refresh = self._keep("refresh", realm, grant, "", now + _REFRESH / self._speed)
            case "refresh_token":
                realm, grant, refresh = self._refresh(form.get("refresh_token", ""), now)
            case other:
                raise Denied("unsupported_grant_type", f"grant_type {str(other)[:40]} is not served.")
        access = self._keep("access", realm, grant, "", now + _HOUR / self._speed)
        answer: dict[str, Any] = {
            "token_type": "bearer",
            "expires_in": max(int(_HOUR / self._speed), 1),
            "x_refresh_token_expires_in": max(int(_REFRESH / self._speed), 1),
            "access_token": access,
            "refresh_token": refresh,
        }
        if headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true":
            answer["x_refresh_token_hard_expires_in"] = max(int(_HARD / self._speed), 1)
        return answer

    def revoke(self, token: str, headers: Mapping[str, str]) -> None:
        """Disconnect: every token of the same approval is dead."""
        self._check_client(headers)
        found = self._store.rows("SELECT grant_id FROM tokens WHERE token = ?", token)
        if not found:
            raise Denied("invalid_request", "The token is not known.")
        self._store.rows("DELETE FROM tokens WHERE grant_id = ?", found[0][0])

    def realm_of(self, access: str, now: float) -> tuple[str | None, str]:
        """The company that an access token opens; None, and why, when it opens none."""
        found = self._store.rows("SELECT realm, ends FROM tokens WHERE token = ? AND use = 'access'", access)
        if not found:
            return None, "Invalid token"
        realm, ends = found[0]
        return (realm, "") if now < ends else (None, f"Token expired: {access[:12]}")

    def expire(self, access: str) -> None:
        """Let an access token run out now."""
        self._store.rows("UPDATE tokens SET ends = 0 WHERE token = ? AND use = 'access'", access)

    def poison(self, code: str) -> None:
        """A code shown twice takes the tokens that came of it with it (facts §8)."""
        self._store.rows(
            "DELETE FROM tokens WHERE grant_id IN (SELECT grant_id FROM tokens WHERE token = ? AND use = 'used')", code
        )

    def _exchange(self, form: Mapping[str, str], now: float) -> tuple[str, str]:
        code = form.get("code", "")
        found = self._store.rows("SELECT use, realm, grant_id, redirect, ends FROM tokens WHERE token = ?", code)
        if not found or found[0][0] not in ("code", "used"):
            raise Denied("invalid_grant", "Invalid authorization code")
        use, realm, grant, redirect, ends = found[0]
        if use == "used":
            raise Denied("invalid_grant", "Authorization code was used already")
        if now >= ends:
            raise Denied("invalid_grant", "Authorization code expired")
        if form.get("redirect_uri") != redirect:
            raise Denied("invalid_grant", "redirect_uri does not match")
        self._store.rows("UPDATE tokens SET use = 'used' WHERE token = ?", code)
        return realm, grant

    def _refresh(self, token: str, now: float) -> tuple[str, str, str]:
        found = self._store.rows("SELECT use, realm, grant_id, ends FROM tokens WHERE token = ?", token)
        if not found or found[0][0] not in ("refresh", "previous") or now >= found[0][3]:
            raise Denied("invalid_grant", "Incorrect or invalid refresh token")
        use, realm, grant, _ = found[0]
        if use == "previous":  # its answer was lost: the one that replaced it is told again
            current = self._store.rows("SELECT token FROM tokens WHERE grant_id = ? AND use = 'refresh'", grant)
            return realm, grant, current[0][0]
        self._store.rows("DELETE FROM tokens WHERE grant_id = ? AND ends < ?", grant, now)
        self._store.rows(
            "UPDATE tokens SET use = 'previous', ends = ? WHERE token = ?", now + _DAY / self._speed, token
        )
        return realm, grant, self._keep("refresh", realm, grant, "", now + _REFRESH / self._speed)

    def _keep(self, use: str, realm: str, grant: str, redirect: str, ends: float) -> str:
        token = self._new()
        self._store.rows("INSERT INTO tokens VALUES (?,?,?,?,?,?)", token, use, realm, grant, redirect, ends)
        return token

    def _check_client(self, headers: Mapping[str, str]) -> None:
        scheme, _, text = headers.get("authorization", "").partition(" ")
        wanted = f"{self._client.id}:{self._client.secret}".encode()
        try:
            shown = base64.b64decode(text.strip(), validate=True) if scheme.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            shown = b""
        if not hmac.compare_digest(shown, wanted):
            raise Denied("invalid_client", "", 401)
