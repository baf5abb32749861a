"""Whether a request of unknown outcome took effect, told from what the books hold now (X3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hub.adapters import Find, Relay, RemoteObject, Removal, Request
from hub.errors import InvalidInput
from hub.jobs.verdicts import Sent, Verdict
from hub.model import Document, Entity, Operation, Payment, Record, parse_record, record_data
from hub.model.differences import same
from hub.model.transactions import BOOKKEEPING_FIELDS
from hub.records.books import readable


def search(relay: Relay, doubtful: Sequence[Sent]) -> list[Verdict]:
    """Look in the books for what became of each request."""
    creates = [sent for sent in doubtful if sent.request.operation is Operation.CREATE]
    others = [sent for sent in doubtful if sent.request.operation is not Operation.CREATE]
    marks = relay.capabilities.marks
    found = dict(
        zip(
            (sent.row.id for sent in creates),
            relay.find([wanted(sent.request, markers=marks(sent.request.type), since=sent.row.first_sent)
                        for sent in creates]),
            strict=True,
        )
    )  # fmt: skip
    refs = [sent.request.remote for sent in others if sent.request.remote]
    read = dict(zip((sent.row.id for sent in others), relay.read(refs), strict=True))
    return [
        created(sent.request, found[sent.row.id], markers=marks(sent.request.type))
        if sent.row.id in found
        else changed(sent.request, read[sent.row.id], markers=marks(sent.request.type))
        for sent in doubtful
    ]


def wanted(request: Request, *, markers: bool, since: datetime | None = None) -> Find:
    """What to look for: the marker, and the natural key."""
    key = _natural_key(request.record)
    return Find(
        type=request.type,
        posts_as=request.posts_as,
        marker=request.marker if markers else None,
        name=key if request.type.is_entity else None,
        number=None if request.type.is_entity else key,
        since=since,
    )


def _natural_key(record: Record) -> str | None:
    """By what a person would look for it."""
    return record.name if isinstance(record, Entity) else record.number


def created(request: Request, found: Sequence[RemoteObject], *, markers: bool) -> Verdict:
    """Whether a create took effect, from everything that has its marker or its natural key.

    Where the books find markers, an entity without ours is somebody else's; where they do not, one with other values
    is. A document of the same number without our marker may have been entered by hand: only a person can tell. What
    can be found neither by marker nor by natural key is never *absent*, for sending it again might post it twice.
    """
    live = [each for each in found if not each.deleted]
    ours = [each for each in live if each.marker == request.marker]
    if not ours and request.type.is_entity and markers:
        return Verdict(outcome="absent", message="not in the books")
    if not (ours or markers or _natural_key(request.record)):
        return Verdict(outcome="check_by_hand", message="It has no number, so it cannot be found again in the books.")
    # A voided document of our number was taken out before; adopting it would lose the one that took its place.
    matches = ours or [each for each in live if each.active or request.type.is_entity]
    if not matches:
        return Verdict(outcome="absent", message="not in the books")
    if len(matches) > 1:
        ids = ", ".join(each.remote_id for each in matches)
        return Verdict(outcome="check_by_hand", message=f"The books hold several objects that it may be: {ids}.")
    match = matches[0]
    difference = _differs(request, match)
    if not ours and request.type.is_entity and not _same_content(request, match):
        difference = "has other values"
    if difference or (not ours and markers):
        why = difference or "does not carry the hub's mark"
        return Verdict(
            outcome="check_by_hand",
            remote_id=match.remote_id,
            message=f"The books hold {match.name or match.number or match.remote_id}, which {why}.",
        )
    return _adopt(match)


def changed(request: Request, found: RemoteObject | None, *, markers: bool) -> Verdict:
    """Whether an update or a removal took effect, from the object as it is now."""
    gone = found is None or found.deleted
    if request.operation is Operation.DELETE:
        if gone:
            return Verdict(outcome="adopted", remote_id=request.remote.remote_id if request.remote else None,
                           how=Removal.DELETE)  # fmt: skip
        if found and not found.active:
            how = Removal.INACTIVATE if request.type.is_entity else Removal.VOID
            return Verdict(outcome="adopted", remote_id=found.remote_id, version=found.version, how=how)
        return Verdict(outcome="absent", message="still in the books")
    if found is None or found.deleted:
        return Verdict(outcome="check_by_hand", message="The books no longer hold the object that was to be changed.")
    if request.remote and found.version and found.version == request.remote.version:
        return Verdict(outcome="absent", message="unchanged in the books")
    if (markers and found.marker == request.marker) or _same_content(request, found):
        return _adopt(found)
    # Somebody else changed it: sending again is safe, for the version guard or the merge decides.
    return Verdict(outcome="absent", message="changed by somebody else")


def _adopt(found: RemoteObject) -> Verdict:
    name = found.name or found.number
    return Verdict(
        outcome="adopted",
        remote_id=found.remote_id,
        version=found.version,
        name=name,
        content=found.content,
        found=found,
    )


def _differs(request: Request, found: RemoteObject) -> str | None:
    record = request.record
    if not isinstance(record, Document | Payment):
        return None
    if found.total is not None and found.total != record.total:
        return f"has the total {found.total} instead of {record.total}"
    parties = {to.remote_id for ref, to in request.links.items() if ref.type in ("customer", "vendor")}
    if found.party_id is not None and parties and found.party_id not in parties:
        return "belongs to somebody else"
    return None


def _same_content(request: Request, found: RemoteObject) -> bool:
    theirs = readable(found) if request.type.is_entity else _readable_document(found, request.record)
    if theirs is None:
        return False
    ours = record_data(request.record)
    return all(same(ours.get(field), value) for field, value in theirs.items())


def _readable_document(found: RemoteObject, ours: Record) -> dict[str, Any] | None:
    """What the books hold of a document in the model's spelling, or None unless that is a whole document.

    Its status is the source's own, and a number that the books gave is no content of ours.
    """
    given = {field: value for field, value in found.data.items() if value is not None}
    try:
        theirs = record_data(parse_record(found.type, {**given, "status": "any"}))
    except InvalidInput:
        return None
    not_theirs = {*BOOKKEEPING_FIELDS, *(() if _natural_key(ours) else ("number",))}
    return {field: theirs.get(field) for field in found.data.keys() - not_theirs}
