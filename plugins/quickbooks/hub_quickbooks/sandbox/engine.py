"""The whole sandbox without a socket: a call goes in, an answer comes out, and what it says is in the file by then."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from hub_quickbooks.sandbox import api, clock, company, wire
from hub_quickbooks.sandbox.calls import HTML, JSON, XML, Answer, Call
from hub_quickbooks.sandbox.control import control
from hub_quickbooks.sandbox.faults import AFTER, Fault, Faults, Switch
from hub_quickbooks.sandbox.oauth import Authority, Client, Denied
from hub_quickbooks.sandbox.page import page
from hub_quickbooks.sandbox.refusals import HTML_PAGE, Refusal, gateway, xml_fault
from hub_quickbooks.sandbox.settings import Settings
from hub_quickbooks.sandbox.store import Store
from hub_quickbooks.sandbox.throttle import Throttle
from hub_quickbooks.sandbox.webhooks import Webhooks
from hub_quickbooks.sandbox.xml import as_xml

AUTHORISE, TOKEN, REVOKE = "/connect/oauth2", "/oauth2/v1/tokens/bearer", "/v2/oauth2/tokens/revoke"


class Sandbox:
    """Companies, tokens, limits and faults; for one thread.

    Args:
        path: the SQLite file; in memory when it is left out.
        speed: what times of limits, tokens and webhooks are divided by.
        limits: whether rate limits hold.
        now, monotonic: the clocks, in seconds.
        seed: of the draws that faults with a share make.
        new: makes tokens.
    """

    def __init__(
        self,
        path: str = ":memory:",
        *,
        companies: tuple[str, ...] = ("Sandbox Company_US_1",),
        currency: str = "USD",
        speed: float = 1.0,
        limits: bool = True,
        settings: Settings | None = None,
        client: Client | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        seed: int = 0,
        new: Callable[[], str] = lambda: secrets.token_urlsafe(40),
    ) -> None:
        self.store = Store(path)
        self.settings = settings or Settings()
        self.client = client or Client()
        self.authority = Authority(self.store, self.client, speed, new)
        self.faults = Faults(seed)
        self.webhooks = Webhooks(speed)
        self.now = now
        self.monotonic = monotonic
        self._limits = limits
        self._speed = speed
        self._throttles: dict[str, Throttle] = {}
        self._calls = 0
        with self.store.transaction():
            known = self.realms()
            for name in companies[len(known) :]:
                company.found(self.store, name, currency, now(), self.settings)

    def realms(self) -> list[str]:
        """The ids of all companies."""
        return [realm for (realm,) in self.store.rows("SELECT realm FROM companies ORDER BY realm")]

    def throttle(self, realm: str) -> Throttle:
        """The limits of one company."""
        return self._throttles.setdefault(realm, Throttle(self._speed))

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()

    # ------------------------------------------------------------------------------------------------------- calls

    def strike(self, call: Call) -> Switch | None:
        """The fault that befalls this call, if any; asked once for each call, before `answer`."""
        if not self.faults.on:
            return None
        return self.faults.strike(api.words(call)) if _serves(call.path) else None

    @contextmanager
    def inside(self, call: Call) -> Iterator[None]:
        """A call on its way, for the limit of calls at once."""
        realm = api.realm_in(call.path)
        if realm is None or realm not in self._throttles:
            yield
        else:
            with self._throttles[realm].inside():
                yield

    def answer(self, call: Call, strike: Switch | None = None) -> Answer:
        """Do what a call asks and say so; never raises for anything a caller sent."""
        if strike is not None and strike.name not in AFTER and strike.name is not Fault.LATE:
            struck = self._before(call, strike.name)
            if struck is not None:
                return self._finished(struck)
        answer = self._route(call)
        if strike is not None and strike.name in AFTER:
            answer = self._after(answer, strike)
        return self._finished(answer)

    def _route(self, call: Call) -> Answer:
        try:
            match call.path:
                case "/":
                    return Answer(text=page(self, call.query), type=HTML)
                case "/connect/oauth2":
                    return self._tokens(call)
                case "/oauth2/v1/tokens/bearer" | "/v2/oauth2/tokens/revoke":
                    return self._tokens(call)
                case path if path.startswith("/sandbox/"):
                    return self._control(call)
                case path if path.startswith("/v3/company/"):
                    return self._company(call)
                case _:
                    pass
            return self.refused(
                Refusal(500, f"Could not find resource for relative path: {call.path[:200]}", status=404)
            )
        except Refusal as refusal:
            return _in_form(call, self.refused(refusal))

    # --------------------------------------------------------------------------------------------------- the books

    def _company(self, call: Call) -> Answer:
        now = self.now()
        asked = api.realm_in(call.path) or ""
        realm, why = self.authority.realm_of(call.token, now)
        if realm is None:
            return self._unauthorised(why)
        if asked != realm:
            text = wire.encode(
                gateway(3100, "The token does not open this company.", 403, "AUTHORIZATION", int(now * 1000))
            )
            return Answer(status=403, text=text)
        throttle = self.throttle(realm)
        if self._limits and not throttle.admit(self.monotonic(), batch=api.is_batch(call.path)):
            return self._throttled()
        with self.store.transaction():
            text, events = api.serve(self.store, realm, call, now, self.settings)
        self.webhooks.note(realm, events, now)
        return _in_form(call, Answer(text=f'{text[:-1]},"time":"{clock.answered(now)}"}}'))

    def refused(self, refusal: Refusal) -> Answer:
        """A refusal in the books' own envelope."""
        body = {"Fault": refusal.as_fault(), "time": clock.answered(self.now())}
        return Answer(status=refusal.status, text=wire.encode(body))

    def _unauthorised(self, why: str) -> Answer:
        text = wire.encode(gateway(3200, why, 401, "AUTHENTICATION", int(self.now() * 1000)))
        header = 'Bearer realm="Intuit", error="invalid_token"'
        return Answer(status=401, text=text, headers={"WWW-Authenticate": header})

    def _throttled(self) -> Answer:
        detail = "The request limit was reached. Please wait a while and try again."
        return self.refused(Refusal(3001, detail, status=429, type="SERVICE"))

    # -------------------------------------------------------------------------------------------------- connecting

    def _tokens(self, call: Call) -> Answer:
        now = self.now()
        try:
            with self.store.transaction():
                if call.path == AUTHORISE:
                    if call.method != "GET":
                        raise Denied("invalid_request", "The address is to be opened with GET.", 405)
                    where = self.authority.authorise(call.query, now)
                    return Answer(status=302, headers={"Location": where}, private="redirected")
                if call.method != "POST":
                    raise Denied("invalid_request", "The endpoint takes POST only.", 405)
                form = _form(call)
                if call.path == REVOKE:
                    self.authority.revoke(form.get("token", ""), call.headers)
                    return Answer(private={})
                given = self.authority.token(form, call.headers, now)
            hidden = {name: "…" if name.endswith("_token") else value for name, value in given.items()}
            return Answer(text=wire.encode(given), private=hidden)
        except Denied as denied:
            if denied.description.endswith("used already"):
                with self.store.transaction():
                    self.authority.poison(_form(call).get("code", ""))
            return Answer(status=denied.status, text=wire.encode(denied.as_body()))

    def _control(self, call: Call) -> Answer:
        if call.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Refusal(3100, "The sandbox takes no orders from other pages.", status=403)
        with self.store.transaction():
            document = control(self, call)
        return Answer(text=wire.encode(document))

    # ------------------------------------------------------------------------------------------------------ faults

    def _before(self, call: Call, fault: Fault) -> Answer | None:
        match fault:
            case Fault.DROP_BEFORE:
                return Answer(drop=True)
            case Fault.ERROR_BEFORE:
                return self.refused(_failure())
            case Fault.THROTTLE:
                return self._throttled()
            case Fault.HTML:
                return Answer(status=503, text=HTML_PAGE, type="text/html")
            case Fault.XML:
                return Answer(status=503, text=xml_fault(10000, "SystemFault", clock.answered(self.now())), type=XML)
            case Fault.FAULT_200:
                return Answer(text=self.refused(_failure()).text)
            case Fault.INVALID_GRANT:
                return Answer(
                    status=400,
                    text=wire.encode(Denied("invalid_grant", "Incorrect or invalid refresh token").as_body()),
                )
            case Fault.EXPIRE_TOKEN:
                with self.store.transaction():
                    self.authority.expire(call.token)
                return None
            case _:
                return None

    def _after(self, answer: Answer, strike: Switch) -> Answer:
        match strike.name:
            case Fault.DROP_AFTER:
                answer.drop = True
            case Fault.ERROR_AFTER:
                return self.refused(_failure())
            case Fault.HTML_AFTER:
                return Answer(
                    status=502,
                    text=HTML_PAGE.replace("503 Service Temporarily Unavailable", "502 Bad Gateway"),
                    type="text/html",
                )
            case Fault.EMPTY:
                return Answer(status=answer.status)
            case Fault.TRUNCATE:
                answer.cut = True
            case Fault.SLOW:
                answer.pause = strike.seconds
            case _:
                pass
        return answer

    def _finished(self, answer: Answer) -> Answer:
        self._calls += 1
        answer.headers["intuit_tid"] = f"1-{int(self.now()):08x}-{self._calls:024x}"
        return answer


def _in_form(call: Call, answer: Answer) -> Answer:
    """As JSON when that is asked for; otherwise the API answers in XML."""
    if "json" not in call.headers.get("accept", "") and call.path.startswith("/v3/"):
        answer.text, answer.type = as_xml(answer.text), XML
    return answer


def _failure() -> Refusal:
    return Refusal(
        10000, "An unexpected error occurred. Please wait a while and try again.", status=500, type="SystemFault"
    )


def _serves(path: str) -> bool:
    return path.startswith("/v3/") or path in (TOKEN, REVOKE)


def _form(call: Call) -> dict[str, str]:
    if "json" in call.headers.get("content-type", ""):
        body: Any = wire.decode(call.body)
        return {str(name): str(value) for name, value in body.items()} if isinstance(body, dict) else {}
    text = call.body.decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=50))
    except ValueError:
        return {}


__all__ = ["AUTHORISE", "JSON", "REVOKE", "TOKEN", "Sandbox"]
