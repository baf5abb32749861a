"""What is known beforehand: who the books are, how they would remove, what changed there, and what would be refused.

The books are only read (J10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from hub.adapters import Relay, RemoteObject, Request, edited_fields
from hub.errors import HubError, StoreProblem
from hub.jobs import merging
from hub.jobs.decisions import Send
from hub.jobs.identity import same_books
from hub.jobs.rehearsal import Step
from hub.model import Operation, RecordType, Ref, record_data
from hub.model.records import SOFT
from hub.queue import Core, Lane
from hub.records.books import agreed
from hub.records.pays import taken_off_first, told_plainly
from hub.store.tables import connections, links

BATCH = 100
"""So many objects are asked for in one call."""
_NOT_YET = "not-yet-there"


def as_the_books_say(core: Core, lane: Lane) -> tuple[Lane, str | None]:
    """The connection with the closing date that the books report now; or as it was, and why they could not be asked.

    Raises:
        PluginProblem: `wrong_company` when they are another company's books: a job would stop at once (X7).
    """
    with core.database.read() as db:
        mine = select(connections.c.identity_id, connections.c.identity_name).where(connections.c.id == lane.id)
        row = db.execute(mine).one()
    try:
        identity = core.relay(lane).check()
    except StoreProblem:
        raise
    except HubError as fault:
        return lane, f"The books could not be asked: {fault.message}"
    same_books(lane.label, row.identity_id, row.identity_name, identity)
    return replace(lane, books_closed=identity.closing_date), None


def foresee(core: Core, lane: Lane, steps: Sequence[Step], items: Sequence[dict[str, Any]]) -> None:
    """Complete the items that stand for these steps: how each removal would be done, and what would be refused.

    Raises:
        HubError: the books cannot be asked.
    """
    relay = core.relay(lane)
    pairs = [(step.row, step.decision.request, item) for step, item in zip(steps, items, strict=True)
             if isinstance(step.decision, Send)]  # fmt: skip
    removals = [(request, item) for _, request, item in pairs
                if request.operation is Operation.DELETE and not request.type.is_entity]  # fmt: skip
    for some in _batches(removals):
        _how(core, lane, relay, some)
    updates = [each for each in pairs if each[1].operation is Operation.UPDATE]
    for batch in _batches(updates):
        _changed_there(core, lane, relay, batch)
    writes = [(request, item) for _, request, item in pairs
              if request.operation is not Operation.DELETE and not item["conflict"]]  # fmt: skip
    for batch in _batches(writes):
        _refused_here(relay, batch)
    _kept_waiting(items)


def _refused_here(relay: Relay, writes: Sequence[tuple[Request, dict[str, Any]]]) -> None:
    """What the adapter would refuse before it sends anything."""
    refusals = relay.foresee([_with_ids(request) for request, _ in writes])
    for (_, item), fault in zip(writes, refusals, strict=True):
        if fault is not None:
            item["conflict"] = {"code": fault.code, "message": fault.message, "fix": fault.fix}


def _with_ids(request: Request) -> Request:
    """The request as it will be: what this job creates before has an id by then."""
    links = {ref: to if to.remote_id else replace(to, remote_id=_NOT_YET) for ref, to in request.links.items()}
    return replace(request, links=links)


def _kept_waiting(items: Sequence[dict[str, Any]]) -> None:
    """What names a record that would not come into the books waits for it, and so does what names that."""
    absent = {_of(item) for item in items if item["operation"] == "create" and item["conflict"]}
    for item in items if absent else ():
        needed = (each for each in item["links"] if RecordType(each["type"]) not in SOFT)
        missing = next((each for each in needed if each["created_by_this_job"] and _of(each) in absent), None)
        if missing is None or item["conflict"]:
            continue
        item["notice"] = f"it would wait for {Ref(RecordType(missing['type']), missing['source_id'])}"
        if item["operation"] == "create":
            absent.add(_of(item))


def _of(named: dict[str, Any]) -> tuple[str, str]:
    return named["type"], named["source_id"]


def _batches(some: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(some), BATCH):
        yield some[at : at + BATCH]


def _how(core: Core, lane: Lane, relay: Relay, removals: Sequence[tuple[Request, dict[str, Any]]]) -> None:
    plans = relay.plan_undo([request for request, _ in removals])
    refused = []
    for (request, item), plan in zip(removals, plans, strict=True):
        item["how"] = plan.how.value if plan.how else item["how"]
        if plan.refusal:
            refused.append((Ref(request.type, request.source_id), item, plan.refusal))
    if not refused:
        return
    with core.database.read() as db:
        for document, item, refusal in refused:
            off_before = taken_off_first(db, lane, document, refusal)
            if off_before:
                item["notice"] = f"{off_before} is taken out before it"
                continue
            told = told_plainly(db, lane, document, refusal)
            item["conflict"] = {"code": told.code, "message": told.message, "fix": told.fix}


def _changed_there(
    core: Core, lane: Lane, relay: Relay, updates: Sequence[tuple[Any, Request, dict[str, Any]]]
) -> None:
    found = relay.read([request.remote for _, request, _ in updates if request.remote])
    news = [
        (row, request, item, there)
        for (row, request, item), there in zip(updates, found, strict=True)
        if there is None or there.deleted or not there.version or there.version != row.remote_version
    ]
    with core.database.read() as db:
        mine = select(links.c.record_id, links.c.base).where(
            links.c.connection_id == lane.id, links.c.record_id.in_([row.record_id for row, *_ in news])
        )
        bases = {row.record_id: row.base for row in db.execute(mine)}
    for row, request, item, there in news:
        if there is None or there.deleted:
            item["conflict"] = {
                "code": "gone_from_books",
                "message": "The books no longer hold it.",
                "fix": "Run a sync: its import takes note of that.",
            }
        elif request.type.is_entity:
            _merged(lane, request, item, there, agreed(request.type, bases.get(row.record_id)), row)
        elif there.version:
            _replaced(item, bases.get(row.record_id) or "", there.content)


def _replaced(item: dict[str, Any], before: str, now: str) -> None:
    """A document of another version: edited there, unless it holds what the hub wrote and only something pays it."""
    if before and before == now:
        return
    fields = ", ".join(edited_fields(before, now)) if before and now else ""
    what = f" ({fields})" if fields else ""
    item["notice"] = f"it was changed in the books since{what}; what is sent replaces that"


def _merged(
    lane: Lane, request: Request, item: dict[str, Any], there: RemoteObject, base: dict[str, Any], row: Any
) -> None:
    """Both sides changed: what the job will make of it when it meets that (C5)."""
    known = merging.Known(
        record_id=row.record_id,
        version=row.remote_version,
        base=base,
        data=record_data(request.record),
        source_changed=True,
        diverged=False,
    )
    match merging.linked(there, known, lane.policy):
        case merging.Ask(clashes=clashes):
            fields = ", ".join(clash.field for clash in clashes)
            item["conflict"] = {
                "code": "both_changed",
                "message": f"Both sides changed {fields}, and this connection asks a person.",
                "fix": "Choose whose values win: the source's or the books'.",
                "clashes": [clash.as_dict() for clash in clashes],
            }
        case merging.Overwrite(fields=taken, lost=lost) if taken or lost:
            words = [f"{field} is taken from the books" for field in taken]
            words += [f"{field} of the books ({value}) is replaced" for field, value in lost.items()]
            item["notice"] = "it was changed in the books since: " + ", ".join(words)
        case _:
            pass
