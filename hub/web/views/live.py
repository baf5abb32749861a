"""What happens on a connection, as it happens: counts of the queue and the job's progress, by server-sent events."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from hub.errors import HubError, Refused
from hub.web.look import Look, read_look
from hub.web.views.queue import count_tabs
from hub.web.visit import ReadsOn, Visit
from hub.web.words import phase

router = APIRouter(prefix="/c/{company}/{name}/queue")
EVERY = 2.0
"""Seconds between two looks at the database, for each page that listens."""
STEP = 0.2
MOST = 30
"""Pages of one person that listen to one process."""
LOOKS = 300
"""After so many the connection is closed; the browser comes back by itself."""


@router.get("/live")
def live(visit: ReadsOn) -> StreamingResponse:
    """Ends when the session does, or the server."""
    query = visit.request.query_params
    look = read_look({name: query[name] for name in query if name not in ("columns", "after")})
    leaving: threading.Event = visit.request.app.state.leaving
    listening: Counter[int | None] = visit.request.app.state.listening
    if listening[visit.caller.user_id] >= MOST:
        raise Refused("Too many of your pages listen.", code="too_many_pages", fix="Close some of them.")
    return StreamingResponse(
        _counted(listening, visit.caller.user_id, _events(visit, look, leaving)),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _counted(listening: Counter[int | None], who: int | None, events: AsyncIterator[str]) -> AsyncIterator[str]:
    listening[who] += 1
    try:
        async for each in events:
            yield each
    finally:
        listening[who] -= 1
        if not listening[who]:
            del listening[who]


async def _events(visit: Visit, look: Look, leaving: threading.Event) -> AsyncIterator[str]:
    before = ""
    for _ in range(LOOKS):
        told = await run_in_threadpool(_tell, visit, look)
        if told is None:
            yield "event: gone\ndata: \n\n"
            return
        yield ": still here\n\n" if told == before else f"data: {told}\n\n"
        before, waited = told, 0.0
        while waited < EVERY:
            if leaving.is_set():
                return
            await asyncio.sleep(STEP)
            waited += STEP


def _tell(visit: Visit, look: Look) -> str | None:
    """What stands now, as JSON; None once the session has ended, or the person may no longer look."""
    try:
        caller = visit.hub.who_is(visit.secret, seen=False)
        if caller is None or caller.grant(visit.company) is None:
            return None
        counts = visit.hub.queue_counts(visit.connection)
        total = sum(run["number"] for run in counts if look.matches(run)) if look.countable else None
        job = visit.hub.unfinished_job(visit.connection)
        return json.dumps({"tabs": count_tabs(counts), "total": total, "job": job and progress(job)})
    except HubError:
        return None


def progress(job: dict[str, Any]) -> dict[str, Any]:
    """How far a job is."""
    done = sum(number for name, number in job["totals"].items() if name != "imported")
    return {"id": job["id"], "phase": phase(job), "sending": job["state"] == "exporting",
            "done": min(done, job["requests"]), "of": job["requests"]}  # fmt: skip
