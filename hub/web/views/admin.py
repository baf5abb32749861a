"""Administration: who may come in and what they may do, each company's API keys, the audit trail, and the adapters."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from hub.access import Role
from hub.errors import HubError, InvalidInput
from hub.queue import Right
from hub.records.audit import About
from hub.web.views.answers import status_of
from hub.web.visit import Manages, Sent, SignedIn, Visit

router = APIRouter()
Before = Annotated[int | None, Query(ge=1, lt=2**63)]


@router.get("/admin/users")
def users(visit: SignedIn) -> Response:
    """Everybody, and what they are in each company."""
    visit.caller.must_administer()
    return _users(visit)


@router.post("/admin/users")
def change_users(visit: SignedIn, sent: Sent) -> Response:
    """Add somebody, change what they may do, shut them out, or make them a new link."""
    visit.caller.must_administer()
    hub = visit.hub.acting(visit.caller, "")
    try:
        match sent["do"]:
            case "add":
                added = hub.add_user(sent["email"], sent["name"], administrator=sent["administrator"] == "yes")
                return _users(visit, link=added["link"], link_for=sent["email"])
            case "link":
                id = _number(sent["user"])
                secret = hub.new_link(id)
                return _users(visit, link=secret, link_for=_email(visit, id))
            case "shut_out":
                keys = hub.disable_user(_number(sent["user"]))
                return visit.go("/admin/users", f"Shut out, at once.{_still_good(keys)}")
            case "let_in":
                hub.disable_user(_number(sent["user"]), disabled=False)
                return visit.go("/admin/users", "May come in again.")
            case "membership":
                hub.set_membership(
                    _number(sent["user"]), sent["company"], sent.get("role"), sent.all("rights") if sent["role"] else ()
                )
                return visit.go("/admin/users", "Changed; it holds from the next page on.")
            case _:
                raise _nothing()
    except HubError as fault:
        return _users(visit, status_of(fault), fault=fault)


@router.get("/admin/audit")
def audit_of_hub(visit: SignedIn, before: Before = None) -> Response:
    """Who did what to the hub itself: users, rights, links."""
    visit.caller.must_administer()
    return _audit(visit, None, before)


@router.get("/companies/{company}/audit")
def audit(visit: Manages, before: Before = None, about: str = "", q: str = "") -> Response:
    """Who did what in a company, when and why."""
    return _audit(visit, visit.company, before, about, q)


@router.get("/companies/{company}/keys")
def keys(visit: Manages) -> Response:
    """A company's API keys."""
    return _keys(visit)


@router.post("/companies/{company}/keys")
def change_keys(visit: Manages, sent: Sent) -> Response:
    """Make a key, which is shown once, or end one."""
    try:
        match sent["do"]:
            case "add":
                made = visit.hub.add_key(
                    visit.company, sent["name"], role=sent["role"], rights=sent.all("rights"),
                    expires_at=_end_of(sent.get("expires")),
                )  # fmt: skip
                return _keys(visit, secret=made["secret"], made=made["name"])
            case "revoke":
                visit.hub.revoke_key(visit.company, _number(sent["key"]))
                return visit.go(f"/companies/{visit.company}/keys", "The key is ended.")
            case _:
                raise _nothing()
    except HubError as fault:
        return _keys(visit, status_of(fault), fault=fault)


def _audit(visit: Visit, company: str | None, before: int | None, about: str = "", q: str = "") -> Response:
    wanted = About(about) if about in list(About) else None
    page = visit.hub.audit(company, before=before, about=wanted, search=q.strip()[:200])
    return visit.page("audit.html", page=page, of=company or "the hub itself", company=company, about=about, q=q)


def _users(visit: Visit, status: int = 200, **values: Any) -> Response:
    shown = {
        "users": visit.hub.users(), "companies": visit.hub.companies(), "roles": list(Role), "rights": list(Right),
        "link": None, "link_for": "", "fault": None, "base": visit.base, **values,
    }  # fmt: skip
    return visit.page("users.html", status, **shown)


def _keys(visit: Visit, status: int = 200, **values: Any) -> Response:
    theirs = [right for right in Right if visit.caller.has(right, visit.company)]
    shown = {
        "keys": visit.hub.keys(visit.company), "roles": list(Role), "rights": theirs, "secret": None, "made": "",
        "fault": None, **values,
    }  # fmt: skip
    return visit.page("keys.html", status, **shown)


def _still_good(keys: list[dict[str, Any]]) -> str:
    """What is to be said of the keys that somebody leaves behind."""
    if not keys:
        return ""
    number = Counter(each["company"] for each in keys)
    where = ", ".join(f"{count} in {company}" for company, count in number.items())
    return f" API keys made in their name that are still good: {where}. End those that nothing should use any more."


def _email(visit: Visit, id: int) -> str:
    return next((str(each["email"]) for each in visit.hub.users() if each["id"] == id), "")


def _number(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise _nothing()
    return int(given)


def _end_of(day: str | None) -> datetime | None:
    """The end of the last day on which a key is good."""
    if day is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{day[:40]!r} is not a day.", code="bad_expiry", fix="Write it as YYYY-MM-DD.") from None


def _nothing() -> InvalidInput:
    return InvalidInput("This form asks for nothing the hub knows.", code="bad_form", fix="Load the page again.")
