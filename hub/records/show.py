"""One record as a person sees it: its content, how it stands on each connection, and its story (X5, V2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.model import Entity, RecordType, load_record, record_data
from hub.queue import Core, Lane, State
from hub.queue.listing import describe_error, why
from hub.records.books import page_of
from hub.records.rows import get_row
from hub.records.story import say
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
    for lane, at in zip(lanes, shown["sync"], strict=True):
        there = at["remote_id"] or at["kept_copy"]
        at["url"] = page_of(core, lane, type, there) if there else None
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
    because = {
        "excluded": reason,
        "diverged": diverged.reason if diverged else None,
        "not_queued": _why_not_queued(lane, row),
    }
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


def _why_not_queued(lane: Lane, row: Row[Any]) -> str:
    """Why a record that is not in the books is not on its way there either."""
    type = RecordType(row.type)
    if row.deleted:
        return "it was deleted in the source"
    if not type.is_entity and row.status not in lane.policy.of_transaction(type).trigger_statuses:
        return f"its status is {row.status}, which does not post"
    return "nothing is queued for it"


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
    told += _sent(db, record_id, labels)
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
    return [{**entry, "says": say(entry)} for entry in sorted(told, key=lambda entry: entry["at"])]


def _sent(db: Connection, record_id: int, labels: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    """Every attempt, and after it each answer to it: a search that comes later adds one."""
    query = select(attempts, answers).outerjoin(answers, answers.c.attempt_id == attempts.c.id)
    ordered = query.where(attempts.c.record_id == record_id).order_by(attempts.c.id, answers.c.id)
    tries: Counter[int] = Counter()
    last = None
    for row in db.execute(ordered).mappings():
        connection = labels.get(row["connection_id"])
        if row[attempts.c.id] != last:
            last = row[attempts.c.id]
            tries[row["request_id"]] += 1
            details = {"key": row["key"], "generation": row["generation"], "digest": row["digest"],
                       "try": tries[row["request_id"]], "answered": row["outcome"] is not None}  # fmt: skip
            yield {
                "at": row[attempts.c.at].isoformat(),
                "who": f"job {row[attempts.c.job_id]}",
                "what": f"sent_{row['operation']}",
                "connection": connection,
                "reason": None,
                "details": details,
            }
        if row["outcome"]:
            facts = {name: row[name] for name in ("remote_id", "how", "error_code", "message") if row[name]}
            job = row[answers.c.job_id]
            yield {
                "at": row[answers.c.at].isoformat(),
                "who": "books",
                "what": row["outcome"],
                "connection": connection,
                "reason": None,
                "details": {**facts, "job": job} if job else facts,
            }
