"""One record as a person sees it: its content, how it stands on each connection, and its story (X5, V2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.model import Entity, RecordType, load_record, record_data
from hub.queue import Core, Lane, State
from hub.queue.listing import describe_error, why
from hub.records.rows import get_row
from hub.store.tables import answers, attempts, audit, divergences, links, proxies, requests, unsent


def show_record(core: Core, company: str, type: RecordType, source_id: str, *, history: bool = True) -> dict[str, Any]:
    """The record with the keys of the outer interfaces; `history` is oldest first."""
    lanes = core.lanes(company)
    with core.database.read() as db:
        row = get_row(db, company, type, source_id)
        record = load_record(type, row.payload)
        shown: dict[str, Any] = {
            "company": company,
            "type": row.type,
            "source_id": row.source_id,
            "name" if isinstance(record, Entity) else "number": row.title,
            "status": row.status,
            "fully_recorded": row.fully_recorded,
            "prevented": row.prevented,
            "deleted": row.deleted,
            "data": record_data(record),
            "revision": row.revision,
            "sync": [_sync(db, lane, row, record) for lane in lanes],
        }
        if history:
            shown["history"] = _history(db, row.id, lanes)
    return shown


def _sync(db: Connection, lane: Lane, row: Row[Any], record: Any) -> dict[str, Any]:
    def one(table: Any) -> Row[Any] | None:
        return db.execute(select(table).where(table.c.connection_id == lane.id, table.c.record_id == row.id)).first()

    link, proxy, diverged = one(links), one(proxies), one(divergences)
    queued = (
        db.execute(
            select(requests)
            .where(requests.c.connection_id == lane.id, requests.c.record_id == row.id)
            .order_by(requests.c.id)
        )
        .mappings()
        .all()
    )
    request = next((each for each in queued if each["state"] in (State.LOCKED, State.UNKNOWN)), None) or next(
        iter(queued), None
    )
    live = link if link and link.detached_at is None else None
    reason = lane.excluded(RecordType(row.type), record)
    state = sync_state(
        request=request,
        linked=live is not None,
        proxied=proxy is not None,
        prevented=row.prevented,
        diverged=diverged is not None,
        excluded=reason is not None,
        deleted=row.deleted,
    )
    because = {"excluded": reason, "diverged": diverged.reason if diverged else None}
    return {
        "connection": lane.label,
        "state": state,
        "remote_id": live.remote_id if live else None,
        "operation": request["operation"] if request else None,
        "error": describe_error(request) if request else None,
        "proxy": {"remote_id": proxy.remote_id, "name": proxy.remote_name} if proxy else None,
        "waits_for": request["waits_for"] if request else None,
        "reason": because.get(state) or (why(request) if request else None),
        "kept_copy": link.remote_id if link and link.detached_at is not None else None,
    }


def sync_state(
    *, request: Any, linked: bool, proxied: bool, prevented: bool, diverged: bool, excluded: bool, deleted: bool
) -> str:
    """The one state a record shows on a connection; *synced* only with a remote id in hand (X5)."""
    if request:
        match request["state"]:
            case State.LOCKED:
                return "sending"
            case State.UNKNOWN:
                return "check_by_hand"
            case State.HELD:
                return "held"
            case _:
                return "needs_attention" if request["error_class"] else "waiting"
    for state, applies in (
        ("prevented", prevented),
        ("proxied", proxied),
        ("diverged", diverged),
        ("synced", linked and not deleted),
        ("excluded", excluded),
    ):
        if applies:
            return state
    return "not_queued"


def _history(db: Connection, record_id: int, lanes: Sequence[Lane]) -> list[dict[str, Any]]:
    labels = {lane.id: lane.label for lane in lanes}
    told = [
        {
            "at": row.at.isoformat(),
            "who": row.actor,
            "what": row.action,
            "connection": labels.get(row.connection_id),
            "reason": row.reason,
            "details": row.details,
        }
        for row in db.execute(select(audit).where(audit.c.record_id == record_id).order_by(audit.c.id))
    ]
    sent = select(attempts, answers).outerjoin(answers, answers.c.attempt_id == attempts.c.id)
    for row in db.execute(sent.where(attempts.c.record_id == record_id).order_by(attempts.c.id)).mappings():
        connection = labels.get(row["connection_id"])
        told.append(
            {
                "at": row[attempts.c.at].isoformat(),
                "who": f"job {row['job_id']}",
                "what": f"sent_{row['operation']}",
                "connection": connection,
                "reason": None,
                "details": {"key": row["key"], "generation": row["generation"], "digest": row["digest"]},
            }
        )
        if row["outcome"]:
            facts = {name: row[name] for name in ("remote_id", "how", "error_code", "message") if row[name]}
            told.append(
                {
                    "at": row[answers.c.at].isoformat(),
                    "who": "books",
                    "what": row["outcome"],
                    "connection": connection,
                    "reason": None,
                    "details": facts,
                }
            )
    not_sent = db.execute(select(unsent).where(unsent.c.record_id == record_id).order_by(unsent.c.id)).all()
    told += [
        {
            "at": left.at.isoformat(),
            "who": f"job {left.job_id}",
            "what": f"not_sent_{left.outcome}",
            "connection": None,
            "reason": left.message,
            "details": {"error_code": left.error_code} if left.error_code else {},
        }
        for left in not_sent
    ]
    return sorted(told, key=lambda entry: entry["at"])
