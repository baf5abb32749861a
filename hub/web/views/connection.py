"""One connection: whether it works, which books it leads to, what is missing there, its policy, pause and resume."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from hub.errors import HubError, InvalidInput
from hub.model import Policy
from hub.threads import asks_books
from hub.web.faults import faults_of
from hub.web.views.answers import status_of
from hub.web.visit import Form, ManagesOn, ReadsOn, Sent, Visit

router = APIRouter(prefix="/c/{company}/{name}/connection")
_WHOLE = ("conflicts", "start_date", "closing_date", "hold_after", "brake_percent", "brake_from", "default_item_proxy")


@router.get("")
@asks_books.when(lambda part, **_: part == "missing")
def connection(visit: ReadsOn, part: str = "") -> Response:
    """Its page; `part=missing` asks the books what is not set up yet."""
    if part == "missing":
        missing, silent = _missing(visit)
        if "HX-Request" in visit.request.headers:
            return visit.part("connection_missing.html", missing=missing, silent=silent)
        return _page(visit, missing=missing, silent=silent)
    return _page(visit)


@router.post("")
@asks_books.when(lambda sent, **_: bool(sent["p:default_item_proxy"]))
def change(visit: ManagesOn, sent: Sent) -> Response:
    """Pause it, let it go on, or change what it syncs and when."""
    here = f"/c/{visit.connection}/connection"
    try:
        match sent["do"]:
            case "pause":
                visit.hub.pause(visit.connection, sent["reason"])
                return visit.go(here, "It is paused: nothing is sent until somebody lets it go on.")
            case "resume":
                visit.hub.resume(visit.connection, sent.get("reason"))
                return visit.go(here, "It goes on with the next sync.")
            case "policy":
                before = visit.hub.policy(visit.connection)
                if visit.hub.set_policy(visit.connection, read_policy(before, sent)) == before:
                    return visit.go(here, "Nothing was changed: the policy is as it was.")
                return visit.go(here, "The policy is changed; it holds for everything saved from now on.")
            case _:
                raise InvalidInput("This form asks for nothing the hub knows.", code="bad_form", fix="Load it again.")
    except HubError as fault:
        return _page(
            visit, status_of(fault), fault=fault, **(_typed(visit, sent, fault) if sent["do"] == "policy" else {})
        )


def read_policy(current: dict[str, Any], sent: Form) -> dict[str, Any]:
    """What the form says otherwise than the policy in force."""
    changes: dict[str, Any] = {}
    for key in _WHOLE:
        text = sent.get(f"p:{key}")
        if f"p:{key}" in sent.names() and text != (None if current[key] is None else str(current[key])):
            changes[key] = text
    for type, rule in current.items():
        if not isinstance(rule, dict):
            continue
        for key, value in rule.items():
            name = f"p:{type}.{key}"
            if name not in sent.names():
                continue
            given: Any = sent[name]
            if isinstance(value, list):
                given = sorted({word.strip() for word in given.split(",") if word.strip()})
                value = sorted(value)
            elif isinstance(value, bool):
                given = given == "true"
            if given != value:
                changes.setdefault(type, {})[key] = given
    return changes


def _typed(visit: Visit, sent: Form, fault: HubError) -> dict[str, Any]:
    """A policy that was refused, as it was typed, and what is wrong with it by field, in plain words."""
    current = visit.hub.policy(visit.connection)
    changes = read_policy(current, sent)
    typed = {key: {**current[key], **each} if isinstance(each, dict) else each for key, each in changes.items()}
    told = fault.details.get("faults")
    named = dict(each.partition(": ")[::2] for each in told) if isinstance(told, list) else {}
    faults = named | faults_of(Policy, {key: each for key, each in (current | typed).items() if each is not None})
    of_fields = {f"{type}.{key}" for type, rule in current.items() if isinstance(rule, dict) for key in rule}
    besides = [f"{path}: {said}" for path, said in faults.items() if path not in of_fields | set(current)]
    more = fault.fix.removeprefix("Correct the settings named.").strip()
    return {"policy": current | typed, "faults": faults, "besides": [*besides, *filter(None, [more])]}


def _missing(visit: Visit) -> tuple[list[dict[str, str]], HubError | None]:
    try:
        return visit.hub.missing(visit.connection), None
    except HubError as fault:
        return [], fault


def _page(visit: Visit, status: int = 200, *, policy: dict[str, Any] | None = None, **values: Any) -> Response:
    policy = policy or visit.hub.policy(visit.connection)
    for rule in policy.values():
        if isinstance(rule, dict):
            rule.update({key: sorted(each) for key, each in rule.items() if isinstance(each, list)})
    connection = visit.hub.connection(visit.connection)
    found = visit.hub.adapters.get(connection["adapter"])
    shown = {
        "connection": connection,
        "adapter": found,
        "policy": policy,
        "entities": {key: rule for key, rule in policy.items() if isinstance(rule, dict) and "posts_as" not in rule},
        "documents": {key: rule for key, rule in policy.items() if isinstance(rule, dict) and "posts_as" in rule},
        "schedule": visit.hub.schedule(visit.connection),
        "missing": None,
        "silent": None,
        "fault": None,
        "faults": {},
        "besides": [],
        **values,
    }
    return visit.page("connection.html", status, **shown)
