"""OAuth with Intuit: authorised once by a person, exchanged and refreshed here, stored by the hub before it is used.

https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlsplit

from hub.adapters import AdapterContext
from hub.errors import BooksProblem, InvalidInput
from hub.http import NoAnswer, NotSent, OAuth, Redactor, Tokens, Transport
from hub_quickbooks.settings import QuickBooksSettings

SCOPE = "com.intuit.quickbooks.accounting"
HARD_EXPIRY = {"x-include-refresh-token-hard-expires-in": "true"}
SANDBOX_CLIENT, SANDBOX_SECRET = "sandbox-client", "sandbox-secret"
"""What the hub calls itself where nobody has registered an app: at a local sandbox."""
TOKEN_SECONDS = 30


def oauth(settings: QuickBooksSettings, context: AdapterContext, given: Mapping[str, str]) -> OAuth:
    """The app's dealings with Intuit, or with a local sandbox."""
    local = bool(settings.sandbox_url)
    secret = given.get("client_secret") or (SANDBOX_SECRET if local else "")
    return OAuth(
        transport=Transport(
            read_seconds=TOKEN_SECONDS, now=context.now, redact=Redactor(given.values()), id_header="intuit_tid"
        ),
        now=context.now,
        title="QuickBooks",
        authorise_at=settings.authorise_at,
        tokens_at=settings.tokens_at,
        revoke_at=settings.revoke_at,
        client_id=settings.client_id or given.get("client_id") or (SANDBOX_CLIENT if local else ""),
        client_secret=secret,
        headers=HARD_EXPIRY,
    )


def authorise_url(
    settings: QuickBooksSettings, context: AdapterContext, given: Mapping[str, str], state: str
) -> str | None:
    """Where a person authorises the hub; None when what was given is enough, or a local sandbox approves by itself.

    Raises:
        InvalidInput: `app_missing` without the id and secret of an app.
    """
    if settings.sandbox_url or given.get("code") or given.get("refresh_token"):
        return None
    app = oauth(settings, context, given)
    if not app.client_id or not app.client_secret:
        raise InvalidInput(
            "QuickBooks lets in only apps that it knows, and no client id and secret were given.",
            code="app_missing",
            fix='Register an app at developer.intuit.com, then connect with --set client_id=… and --credentials FILE,'
            ' where FILE holds {"client_secret": "…"}.',
        )  # fmt: skip
    return app.authorise_url(redirect_uri=settings.redirect_uri, scope=SCOPE, state=state)


def obtain(settings: QuickBooksSettings, context: AdapterContext, given: Mapping[str, str]) -> dict[str, str] | None:
    """The credentials to keep, for a code or for a refresh token that is at hand; None when nothing was given.

    Raises:
        InvalidInput: `realm_missing` when nobody says which company it is.
        AuthorisationLost: Intuit refuses.
        BooksProblem: it did not answer.
    """
    if settings.sandbox_url and not given.get("code") and not given.get("refresh_token"):
        given = {**given, **approved(settings, context, given)}
    if not given:
        return None
    realm = given.get("realmId") or given.get("realm_id") or ""
    if not realm:
        raise InvalidInput(
            "Nothing says which QuickBooks company this authorisation is for.",
            code="realm_missing",
            fix="Connect with the address that QuickBooks led you back to, whole; it names the company as realmId.",
        )
    app = oauth(settings, context, given)
    if code := given.get("code"):
        tokens = app.exchange(code, given.get("redirect_uri") or settings.redirect_uri)
    elif refresh := given.get("refresh_token"):
        tokens = app.refresh(refresh)
    else:
        raise InvalidInput(
            "There is neither a code nor a refresh token among these credentials.",
            code="bad_credentials",
            fix='Give {"code", "realmId"}, or {"refresh_token", "realm_id"}, with "client_secret".',
        )
    return _kept({**given, "realm_id": realm, "client_id": app.client_id, "client_secret": app.client_secret}, tokens)


def refresh(
    settings: QuickBooksSettings, context: AdapterContext, credentials: Mapping[str, str]
) -> dict[str, str] | None:
    """Fresh credentials for these; the hub asks one process at a time, and falls back on the ones before."""
    token = credentials.get("refresh_token")
    if not token:
        return None
    return _kept(credentials, oauth(settings, context, credentials).refresh(token))


def approved(settings: QuickBooksSettings, context: AdapterContext, given: Mapping[str, str]) -> dict[str, str]:
    """The callback's parameters from a local sandbox, which says yes at once, so that no browser is needed."""
    app = oauth(settings, context, given)
    state = token_urlsafe(16)
    url = app.authorise_url(redirect_uri=settings.redirect_uri, scope=SCOPE, state=state)
    if realm := given.get("realm_id"):
        url += f"&realmId={realm}"
    try:
        reply = app.transport.send("GET", url, deadline=context.now() + timedelta(seconds=TOKEN_SECONDS))
    except (NotSent, NoAnswer) as fault:
        raise BooksProblem(
            f"There is no sandbox at {settings.sandbox_url}: {fault}",
            code="sandbox_unreachable",
            fix="Start it with `hub quickbooks sandbox`, and give the address that it prints.",
        ) from None
    location = next((value for key, value in reply.headers.items() if key.lower() == "location"), "")
    answer = {key: values[0] for key, values in parse_qs(urlsplit(location).query).items()}
    if reply.status not in (302, 303, 307) or answer.get("state") != state or not answer.get("code"):
        raise BooksProblem(
            f"What answers at {settings.sandbox_url} is no sandbox that approves (status {reply.status}).",
            code="sandbox_unreachable",
            fix="Start it with `hub quickbooks sandbox`, and give the address that it prints.",
        )
    return {**answer, "redirect_uri": settings.redirect_uri}


def _kept(given: Mapping[str, str], tokens: Tokens) -> dict[str, str]:
    kept = {name: given[name] for name in ("client_id", "client_secret", "realm_id") if given.get(name)}
    return {**kept, "access_token": tokens.access, "refresh_token": tokens.refresh}
