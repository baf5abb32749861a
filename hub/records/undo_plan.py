"""Before an undo the books are asked how they would carry it out, and whether they would refuse (U8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hub.adapters import Fault, RemoteRef, Request, UndoPlan
from hub.errors import ErrorClass
from hub.model import Operation, RecordType, Ref, load_record
from hub.model.period import CLOSED_FIX
from hub.queue import Core
from hub.records.pays import told_plainly
from hub.records.rows import get_row
from hub.store.tables import links


def plan_undo(core: Core, company: str, type: RecordType, source_id: str) -> list[dict[str, Any]]:
    """Per connection that holds the document: `how` it would be taken out, or the `refusal`. Changes nothing."""
    lanes = {lane.id: lane for lane in core.lanes(company)}
    with core.database.read() as db:
        row = get_row(db, company, type, source_id)
        held = db.execute(select(links).where(links.c.record_id == row.id, links.c.detached_at.is_(None))).all()
    plans = []
    for link in held:
        lane = lanes[link.connection_id]
        request = Request(
            operation=Operation.DELETE,
            type=type,
            posts_as=lane.policy.posts_as(type),
            source_id=source_id,
            record=load_record(type, row.payload),
            key="",
            marker="",
            deadline=core.now() + timedelta(seconds=30),
            remote=RemoteRef(
                type=type,
                remote_id=link.remote_id,
                version=link.remote_version,
                name=link.remote_name,
                content=link.base or "",
            ),
        )
        closed = lane.period.shut(link.remote_date)
        plan = UndoPlan(refusal=closed_period(closed)) if closed else core.relay(lane).plan_undo([request])[0]
        if plan.refusal is not None:
            with core.database.read() as db:
                plan = replace(plan, refusal=told_plainly(db, lane, Ref(type, source_id), plan.refusal))
        plans.append({"connection": lane.label, **_describe(plan)})
    return plans


def closed_period(why: str) -> Fault:
    """The refusal of what lies in a closed period (X8)."""
    return Fault(error=ErrorClass.PERIOD_CLOSED, code="period_closed", message=why, fix=CLOSED_FIX)


def _describe(plan: UndoPlan) -> dict[str, Any]:
    refusal = plan.refusal
    return {
        "how": plan.how.value if plan.how else None,
        "refusal": {"class": refusal.error.value, "code": refusal.code, "message": refusal.message, "fix": refusal.fix}
        if refusal
        else None,
    }
