"""Sync jobs: their history, the one that runs, what came of each request, the plan, the schedule in words (J1, J3)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.responses import Response

from hub.access import May
from hub.errors import HubError, InvalidInput, NotFound, Refused
from hub.jobs import rhythm_words as rhythms
from hub.jobs.rhythm_words import Kind, Wish, from_schedule, next_runs, read_times, say, to_schedule
from hub.threads import asks_books
from hub.web.advice import advice
from hub.web.pages import zone_of
from hub.web.visit import ManagesOn, OperatesOn, ReadsOn, Sent, Visit

router = APIRouter(prefix="/c/{company}/{name}/jobs")
SHOWN = 50


@router.get("")
def jobs(visit: ReadsOn, before: Annotated[int | None, Query(ge=1, lt=2**63)] = None) -> Response:
    """The history, newest first."""
    found = visit.hub.jobs(visit.connection, limit=SHOWN + 1, before=before)
    rows = found["items"][:SHOWN]
    older = rows[-1]["id"] if len(found["items"]) > SHOWN else None
    return visit.page("jobs.html", rows=rows, older=older, total=found["total"], first=before is None,
                      schedule=_schedule(visit), **_always(visit))  # fmt: skip


@router.post("")
def sync_now(visit: OperatesOn, sent: Sent) -> Response:
    """Ask for a job; with a plan, for one that sends exactly that."""
    plan = int(sent["plan"]) if sent["plan"].isascii() and sent["plan"].isdigit() and len(sent["plan"]) < 19 else None
    try:
        job = visit.hub.request_job(visit.connection, trigger="manual", plan=plan)
    except Refused as fault:
        if fault.code == "job_unfinished":
            running = visit.hub.unfinished_job(visit.connection)
            here = f"{_here(visit)}/{running['id']}" if running else _here(visit)
            return visit.go(here, "A sync is under way already; this is it. What you queue goes with the next one.")
        if fault.code in ("plan_changed", "plan_applied"):
            return visit.go(f"{_here(visit)}/plan", f"{fault.message} Nothing was sent; make a new plan.")
        raise
    return visit.go(f"{_here(visit)}/{job}", "The sync has been asked for.")


@router.get("/plan")
def no_plan_yet(visit: OperatesOn) -> Response:
    """What a plan is, and the button that makes one."""
    return visit.page("plan.html", plan=None, **_always(visit))


@router.post("/plan")
@asks_books
def plan(visit: OperatesOn, _sent: Sent) -> Response:
    """What the next job would send, in its order, field by field; the books are only read."""
    try:
        made = visit.hub.plan(visit.connection, limit=200)
    except Refused as fault:
        if fault.code != "job_unfinished":
            raise
        return visit.go(_here(visit), "A sync is under way; a plan can be made once it has ended.")
    return visit.page("plan.html", plan=made, advice=advice, **_always(visit))


@router.get("/schedule")
def schedule(visit: ReadsOn) -> Response:
    """The schedule, in words."""
    found = visit.hub.schedule(visit.connection)
    wish = from_schedule(found["kind"], found["expression"], found["timezone"]) if found else None
    return _editor(visit, wish, None, on=found is not None)


@router.post("/schedule")
def set_schedule(visit: ManagesOn, sent: Sent) -> Response:
    """Set it, show what it would mean, or switch it off."""
    if sent["do"] == "off":
        visit.hub.set_schedule(visit.connection, off=True)
        return visit.go(f"{_here(visit)}/schedule", "There is no schedule any more.")
    wish = None
    try:
        wish = _wish(sent)
        chosen = to_schedule(wish)
        next_runs(chosen, visit.hub.core.now())
        if sent["do"] == "set":
            visit.hub.set_schedule(visit.connection, **chosen)
            return visit.go(f"{_here(visit)}/schedule", f"From now on: {say(wish)}.")
    except HubError as fault:
        return _editor(visit, wish, fault, on=visit.hub.schedule(visit.connection) is not None)
    return _editor(visit, wish, None, on=visit.hub.schedule(visit.connection) is not None, tried=True)


@router.get("/{job}")
def job(visit: ReadsOn, job: int, outcome: str = "") -> Response:
    """One job: how far it is, and what came of each request."""
    found = _found(visit, job)
    results = [row for row in found["results"] if outcome in ("", row["outcome"])]
    return visit.page("job.html", shown=found, results=results, outcome=outcome, advice=advice,
                      outcomes=sorted({row["outcome"] for row in found["results"]}), **_always(visit))  # fmt: skip


@router.post("/{job}/cancel")
def cancel(visit: OperatesOn, job: int, _sent: Sent) -> Response:
    """Ask it to stop."""
    _found(visit, job)
    try:
        visit.hub.cancel(job)
    except Refused as fault:
        return visit.go(f"{_here(visit)}/{job}", fault.message)
    return visit.go(f"{_here(visit)}/{job}", "The sync stops after what it is sending at this moment.")


def _found(visit: Visit, job: int) -> dict[str, Any]:
    """A job of this connection; those of others do not exist here."""
    found = visit.hub.job(job) if 0 < job < 2**63 else None
    if found is None or found["connection"] != visit.connection:
        raise NotFound(f"There is no sync {job} here.", code="job_not_found", fix="Look at the list of syncs.")
    return found


def _always(visit: Visit) -> dict[str, Any]:
    caller, company = visit.caller, visit.company
    may = {"operate": caller.may(May.OPERATE, company), "manage": caller.may(May.MANAGE, company)}
    return {"here": _here(visit), "job": visit.hub.unfinished_job(visit.connection), "may": may}


def _here(visit: Visit) -> str:
    return f"/c/{visit.connection}/jobs"


def _schedule(visit: Visit) -> dict[str, Any] | None:
    found = visit.hub.schedule(visit.connection)
    if found is None:
        return None
    return {**found, "words": say(from_schedule(found["kind"], found["expression"], found["timezone"]))}


def _editor(visit: Visit, wish: Wish | None, fault: HubError | None, *, on: bool, tried: bool = False) -> Response:
    shown = wish or Wish(kind=Kind.EVERY, zone=zone_of(visit.request).key)
    runs: list[datetime] = []
    if fault is None and (wish or on):
        try:
            runs = next_runs(to_schedule(shown), visit.hub.core.now())
        except HubError as broken:  # somebody has written nonsense into the table
            fault = broken
    return visit.page("schedule.html", 422 if fault else 200, wish=shown, fault=fault, on=on,
                      tried=tried, words_of=say(shown), runs=[_there(run, shown.zone) for run in runs],
                      rhythms=rhythms, my_zone=zone_of(visit.request).key, **_always(visit))  # fmt: skip


def _there(run: datetime, zone: str) -> datetime:
    return run.astimezone(ZoneInfo(zone))


def _wish(sent: Any) -> Wish:
    """What the form says.

    Raises:
        InvalidInput: `bad_schedule` or `bad_timezone`.
    """
    if sent["words"]:
        return rhythms.read_words(sent["words"])
    zone = rhythms.zone_of_words(sent["zone"] or "UTC")
    days = tuple(sorted({int(day) for day in sent.all("day") if day in "0123456" and len(day) == 1}))
    if not days:
        raise _bad("no weekday is chosen", "Choose at least one.")
    match sent["kind"]:
        case "every":
            number = sent["number"]
            if not (number.isascii() and number.isdigit() and len(number) < 6) or sent["unit"] not in rhythms.UNITS:
                raise _bad("how often is missing", "Write a whole number, such as 15.")
            all_days = days == rhythms.ALL_DAYS
            return Wish(kind=Kind.EVERY, number=int(number), unit=sent["unit"], days=days,
                        zone="UTC" if all_days else zone)  # fmt: skip
        case "times":
            return Wish(kind=Kind.TIMES, times=read_times(sent["times"]), days=days, zone=zone)
        case "cron":
            return Wish(kind=Kind.CRON, cron=" ".join(sent["cron"].split()), zone=zone)
        case _:
            raise _bad("it is not said what kind it is", "Choose how often, or at which times.")


def _bad(what: str, fix: str) -> InvalidInput:
    return InvalidInput(f"The schedule cannot be used: {what}.", code="bad_schedule", fix=fix)
