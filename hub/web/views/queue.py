"""The Sync Queue: what waits, what failed and why, what was sent, and what to press (Q5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Annotated, Any

from babel import Locale
from fastapi import APIRouter, Path
from fastapi.responses import Response

from hub.errors import Refused
from hub.web import look as looks
from hub.web.advice import advice
from hub.web.look import BUILT_IN, COLUMNS, SENT, SORTED, TABS, USUAL, Look, read_look, unread
from hub.web.pages import locale_of, zone_of
from hub.web.table import as_csv
from hub.web.visit import OperatesOn, ReadsOn, Sent, Visit
from hub.web.words import plain_state, spoken

router = APIRouter(prefix="/c/{company}/{name}/queue")
COOKIE = "hub_columns"
MOST_EXPORTED = 100_000


@router.get("")
def queue(visit: ReadsOn) -> Response:
    """One page of the queue; the whole view stands in the address."""
    faults = _unread(visit)
    look = _look(visit, without=faults)
    counts = visit.hub.queue_counts(visit.connection)
    shared: dict[str, Any] = {
              "look": look, "looks": looks, "tabs": _tabs(look, counts), "views": _views(visit), "built_in": BUILT_IN,
              "types": sorted({run["type"] for run in counts} | ({look.type} if look.type else set())),
              "errors": sorted({run["error"] for run in counts if run["error"]} | ({look.error} - {""})),
              "job": _job(visit), "may": _may(visit), "advice": advice, "here": _here(visit),
              "faults": faults, "typed": {name: visit.request.query_params[name] for name in faults}}  # fmt: skip
    if faults:  # nothing is listed, for it would not be what was asked for
        return visit.page("queue_frame.html", 422, columns=COLUMNS, shown=look.columns or USUAL, **shared)
    if look.group:
        groups = visit.hub.troubles(visit.connection, **look.filter(visit.hub.core.now()))
        return visit.page("queue_groups.html", groups=groups, **shared)
    page = _page(visit, look, visit.request.query_params.get("after"))
    answer = visit.page(
        "queue_sent.html" if look.sent else "queue.html", page=page, shown=look.columns or USUAL, columns=COLUMNS,
        sorted=SORTED, offered=_offered(look, visit), first=not visit.request.query_params.get("after"), **shared,
    )  # fmt: skip
    # A link that somebody else has sent holds for this visit only.
    if look.columns and visit.request.headers.get("sec-fetch-site", "same-origin") == "same-origin":
        answer.set_cookie(COOKIE, ".".join(look.columns), max_age=31_536_000, httponly=True, samesite="lax", path="/")
    return answer


@router.get("/export.csv")
def export(visit: ReadsOn) -> Response:
    """The whole view as a file for a spreadsheet."""
    look = _look(visit)
    names = look.columns or USUAL
    rows: list[dict[str, Any]] = []
    after = None
    while len(rows) < MOST_EXPORTED:
        page = _page(visit, look, after, limit=1000)
        rows += page["items"]
        after = page["next"]
        if after is None:
            break
    if look.sent:
        head = ["type", "source_id", "title", "operation", "amount", "currency", "remote_id", "at", "job"]
        lines: Iterable[list[Any]] = ([row[name] for name in head] for row in rows)
    else:
        head = [*(COLUMNS[name] for name in names), "Currency"]
        lines = ([*(_cell(row, name) for name in names), row["currency"]] for row in rows)
    attached = {"Content-Disposition": f'attachment; filename="sync-queue-{look.state}.csv"'}
    return Response(as_csv(head, lines), media_type="text/csv; charset=utf-8", headers=attached)


@router.post("/views")
def save_view(visit: ReadsOn, sent: Sent) -> Response:
    """Keep this view under a name."""
    query = looks.read_query(sent["view"]).query()
    assert visit.caller.user_id is not None
    visit.hub.save_view(visit.connection, visit.caller.user_id, sent["name"], query)
    return visit.go(f"{_here(visit)}?{query}", f"The view “{sent['name'][:100]}” is kept for you.")


@router.post("/views/{view}/forget")
def forget_view(visit: ReadsOn, view: Annotated[int, Path(ge=1, lt=2**63)], sent: Sent) -> Response:
    """Delete a saved view."""
    assert visit.caller.user_id is not None
    visit.hub.forget_view(visit.connection, visit.caller.user_id, view)
    return visit.go(f"{_here(visit)}?{looks.read_query(sent['view']).query()}", "The view is gone.")


@router.get("/confirm")
def confirm(visit: OperatesOn) -> Response:
    """What would be done, with count and totals, before it is done; in the address, so that one can come back to it."""
    sent = visit.asked
    look = looks.read_query(sent["view"])
    action, ids = sent["action"], _ids(sent)
    if sent["only"]:
        action, _, id = sent["only"].partition(".")
        ids = _numbers([id])
    found = visit.hub.sum_up(visit.connection, ids, **({} if ids is not None else look.filter(visit.hub.core.now())))
    if action not in DOES or not found["count"]:
        return visit.go(f"{_here(visit)}?{look.query()}", "Nothing was chosen, so nothing was done.")
    return visit.page("queue_confirm.html", action=action, ids=ids, look=look, found=found, fault=None,
                      now=visit.hub.core.now().isoformat(), does=DOES, here=_here(visit))  # fmt: skip


@router.post("/act")
def act(visit: OperatesOn, sent: Sent) -> Response:
    """Do it: to exactly what was shown, or to nothing."""
    look, ids = looks.read_query(sent["view"]), _ids(sent)
    action = sent["action"]
    chosen = {} if ids is not None else look.filter(_instant(sent["now"], visit))
    back = f"{_here(visit)}?{look.query()}"
    try:
        done = visit.hub.act_on_many(
            visit.connection, action, ids, reason=sent.get("reason"), seal=sent.get("seal"), **chosen
        )
    except Refused as fault:
        if fault.code != "queue_changed":
            raise
        return visit.go(back, f"{fault.message} {fault.fix}")  # where one can look, and choose again
    if not done["refused_total"]:
        return visit.go(back, f"{DONE[action]}: {done['done']}.")
    return visit.page("queue_done.html", done=done, said_done=DONE[action], back=back)


DOES = {
    "hold": ("Hold", "They stay in the queue, and no sync sends them, until somebody releases them."),
    "release": ("Release", "They wait for the next sync again, with their failures forgiven."),
    "retry": ("Try again", "The next sync sends them again, with their failures forgiven."),
    "remove": (
        "Remove from the queue",
        "These changes never reach the books. A document that was not there yet is re-opened in the source.",
    ),
}
DONE = {"hold": "Now on hold", "release": "Released", "retry": "To be tried again", "remove": "Removed from the queue"}
_OFFERED = {
    "all": ("retry", "hold", "release", "remove"), "waiting": ("hold", "remove"), "sending": (),
    "attention": ("retry", "hold", "remove"), "check": ("release",), "hold": ("release", "remove"),
    "books": (), "undone": (),
}  # fmt: skip


def _offered(look: Look, visit: Visit) -> list[str]:
    """The actions that make sense here and that the person may do (U9)."""
    may = _may(visit)
    return [each for each in _OFFERED[look.state] if may["remove" if each == "remove" else "operate"]]


def _may(visit: Visit) -> dict[str, bool]:
    return {"operate": visit.operates, "remove": visit.removes}


def _look(visit: Visit, without: Iterable[str] = ()) -> Look:
    query = visit.request.query_params
    given = {**query, "columns": ",".join(query.getlist("columns"))}
    for name in without:
        del given[name]
    remembered = visit.request.cookies.get(COOKIE, "").replace(".", ",")
    return read_look(given, remembered, _locale(visit))


def _unread(visit: Visit) -> dict[str, str]:
    return unread(visit.request.query_params, _locale(visit))


def _locale(visit: Visit) -> Locale:
    return locale_of(visit.request.headers.get("accept-language", ""))


def _page(visit: Visit, look: Look, after: str | None, limit: int = 50) -> dict[str, Any]:
    if look.sent:
        since = _today(visit) if look.since else None
        return visit.hub.sent(
            visit.connection, removed=look.state == "undone", since=since, limit=limit, after=after or None
        )
    chosen = look.filter(visit.hub.core.now())
    return visit.hub.queue(visit.connection, sort=look.sort, limit=limit, after=after or None, **chosen)


def _today(visit: Visit) -> datetime:
    """Midnight, where the person is."""
    zone = zone_of(visit.request)
    return datetime.combine(visit.hub.core.now().astimezone(zone).date(), time(), zone)


def count_tabs(counts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many requests each tab of the queue has."""
    runs = list(counts)
    tabs = {name: Look(state=name) for name in TABS if name not in SENT}
    return {name: sum(run["number"] for run in runs if look.matches(run)) for name, look in tabs.items()}


def _tabs(look: Look, counts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = count_tabs(counts)
    return [
        {"key": key, "name": name, "count": numbers.get(key), "here": key == look.state,
         "query": Look(state=key, columns=look.columns).query(columns=())}
        for key, (name, _) in TABS.items()
    ]  # fmt: skip


def _views(visit: Visit) -> list[dict[str, Any]]:
    return visit.hub.views(visit.connection, visit.caller.user_id) if visit.caller.user_id is not None else []


def _job(visit: Visit) -> dict[str, Any] | None:
    return visit.hub.unfinished_job(visit.connection)


def _ids(sent: Any) -> list[int] | None:
    """The requests that were ticked; None when all that match are meant."""
    return None if sent["which"] == "all" else _numbers(sent.all("id"))


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def _instant(text: str, visit: Visit) -> datetime:
    """When the confirmation was shown, so that `over a day` means the same requests."""
    now = visit.hub.core.now()
    try:
        shown = datetime.fromisoformat(text)
        return min(shown, now) if shown.tzinfo else now
    except ValueError:
        return now


def _here(visit: Visit) -> str:
    return f"/c/{visit.connection}/queue"


def _cell(row: Mapping[str, Any], column: str) -> Any:
    match column:
        case "state":
            return plain_state(row).value
        case "age":
            return row["queued_at"]
        case "error":
            return row["error"]["message"] if row["error"] else row["reason"]
        case "type":
            return spoken(row["type"])
        case "position":
            return row["id"]
        case _:
            return row[column]
