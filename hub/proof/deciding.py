"""Into which bucket a document falls, with the reason and what to do; decided from what both sides are known to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.adapters import RemoteObject
from hub.proof.documents import Asked, Bucket, Days, Face, Item, Ours, money

_LOOK = "Look for it in the books: link the record to it if it is there, release its request if it is not."
_SYNC = "Sync: the hub looks in the books before it sends anything."
_QUEUED = "Sync."


def of_source(doc: Ours) -> Item | None:
    """The bucket of a document of the source that does not depend on the books; None for one to be compared."""
    if doc.linked:
        if not doc.prevented and doc.posts:
            return None
        why = "its sync is prevented" if doc.prevented else f"its status is {doc.status}, which does not post"
        return _source(doc, Bucket.EXCLUDED, why)
    if doc.write and doc.write.doubtful:
        return _source(doc, Bucket.UNKNOWN, "it was sent, and what became of it is not known yet", _doubt(doc.write))
    for applies, reason in (
        (doc.detached, f"it was detached: the books keep their copy {doc.remote_id}"),
        (doc.prevented, "its sync is prevented"),
        (doc.excluded is not None, doc.excluded or ""),
        (not doc.posts, f"its status is {doc.status}, which does not post"),
        (not doc.recorded, "it is not fully recorded yet"),
    ):
        if applies:
            return _source(doc, Bucket.EXCLUDED, reason)
    if doc.write:
        return _source(doc, Bucket.MISSING, *_waiting(doc.write))
    why = f"its request was taken out of the queue: {doc.diverged}" if doc.diverged else "nothing is queued for it"
    return _source(doc, Bucket.MISSING, why, "Re-open it in the source and close it again: that queues it.")


def of_pair(doc: Ours, found: RemoteObject, period: Days) -> Item:
    """A document and the object it is linked to: matched, or what differs and why (unless that is in doubt)."""
    theirs = face_of(found)
    item = Item(
        bucket=Bucket.MATCHED,
        type=doc.type,
        source_id=doc.source_id,
        remote_id=found.remote_id,
        ours=doc.face,
        theirs=theirs,
        source=period.holds(doc.face.date),
        books=period.holds(theirs.date),
    )
    differs = differences(doc.face, theirs)
    if not differs:
        return item
    bucket = Bucket.DIVERGED
    fix: str | None = "Save it once more with a change to have the source's values sent, or correct the source."
    if doc.write and doc.write.doubtful:
        bucket, reason, fix = Bucket.UNKNOWN, "a change of it was sent, and its outcome is not known", _doubt(doc.write)
    elif doc.write:
        reason, fix = _waiting(doc.write)
    elif doc.diverged:
        reason = doc.diverged
    else:
        reason = "it was changed in the books after it was sent"
    return _changed(item, bucket, differs, reason, fix)


def of_lost(doc: Ours, found: RemoteObject | None) -> Item:
    """A linked document whose object the books no longer hold."""
    how = "voided" if found is not None and not found.deleted else "deleted"
    fix = (
        "Undo its sync and close it again to have it posted anew, or delete it in the source."
        if doc.undoable
        else "Delete it in the source, and enter it there anew if it is to be in the books."
    )
    return _source(doc, Bucket.MISSING, f"it was {how} in the books", fix)


def of_linked(doc: Ours, found: RemoteObject) -> Item | None:
    """An object in the books whose record the source no longer posts; None when the two are to be compared."""
    if doc.detached:
        why = f"a copy that was kept when {doc.type.words} {doc.source_id} was detached"
        return _books(doc, found, Bucket.EXCLUDED, why)
    if not doc.deleted and doc.posts and not doc.prevented:
        return None
    happened = "it was deleted in the source" if doc.deleted else "its sync was undone in the source"
    if doc.removal is None:
        fix = "Remove it in the books, or detach the document to keep it there."
        return _books(doc, found, Bucket.EXTRA, f"{happened}, and no removal is queued", fix)
    if doc.removal.doubtful:
        why = f"{happened}; its removal was sent, and the outcome is not known"
        return _books(doc, found, Bucket.UNKNOWN, why, _doubt(doc.removal))
    waits, fix = _waiting(doc.removal)
    return _books(doc, found, Bucket.EXTRA, f"{happened}; its removal {waits.removeprefix('it ')}", fix)


def of_stranger(found: RemoteObject, *, excluded: str | None, doubtful: bool) -> Item:
    """An object in the books that no record is linked to."""
    face = face_of(found)

    def item(bucket: Bucket, reason: str, fix: str | None = None) -> Item:
        return Item(bucket=bucket, type=found.type, remote_id=found.remote_id, theirs=face, books=True, reason=reason,
                    fix=fix)  # fmt: skip

    if doubtful:
        return item(Bucket.UNKNOWN, "a request whose outcome is not known may have made it", _SYNC)
    if excluded:
        return item(Bucket.EXCLUDED, excluded)
    if found.marker.startswith("hub-"):
        return item(Bucket.EXTRA, "it carries the hub's mark, but no record is linked to it",
                    "Look whether it doubles a document of the source; if so, remove it in the books.")  # fmt: skip
    return item(Bucket.EXTRA, "the hub did not put it there",
                "If it doubles a document of the source, remove it in the books; otherwise enter it in the source"
                " too, or leave it.")  # fmt: skip


def differences(ours: Face, theirs: Face) -> tuple[Mapping[str, Any], ...]:
    """The fields that differ, each with both values; what a side does not know is not compared."""
    found = []
    if None not in (ours.amount, theirs.amount) and ours.amount != theirs.amount:
        found.append(("amount", money(ours.amount, ours.currency), money(theirs.amount, theirs.currency)))
    for name in ("currency", "date", "party", "number"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine and other and mine != other:
            found.append((name, str(mine), str(other)))
    return tuple({"field": name, "source": mine, "books": other} for name, mine, other in found)


def face_of(found: RemoteObject) -> Face:
    """The object's side of the comparison."""
    return Face(number=found.number, date=found.date, currency=found.currency, amount=found.total, party=found.party_id)


def is_gone(found: RemoteObject | None) -> bool:
    """Whether the books no longer count it: never there, deleted, or voided."""
    return found is None or found.deleted or not found.active


def _source(doc: Ours, bucket: Bucket, reason: str, fix: str | None = None) -> Item:
    return Item(bucket=bucket, type=doc.type, source_id=doc.source_id, remote_id=doc.remote_id, ours=doc.face,
                source=True, reason=reason, fix=fix)  # fmt: skip


def _books(doc: Ours, found: RemoteObject, bucket: Bucket, reason: str, fix: str | None = None) -> Item:
    return Item(bucket=bucket, type=doc.type, source_id=doc.source_id, remote_id=found.remote_id, theirs=face_of(found),
                books=True, reason=reason, fix=fix)  # fmt: skip


def _changed(item: Item, bucket: Bucket, differs: Any, reason: str, fix: str | None) -> Item:
    return Item(bucket=bucket, type=item.type, source_id=item.source_id, remote_id=item.remote_id, ours=item.ours,
                theirs=item.theirs, source=item.source, books=item.books, differs=differs, reason=reason,
                fix=fix)  # fmt: skip


def _waiting(asked: Asked) -> tuple[str, str]:
    what = "is held" if asked.held else "waits in the queue"
    fix = asked.fix or ("Release it." if asked.held else _QUEUED)
    return f"it {what}: {asked.why}" if asked.why else f"it {what}", fix


def _doubt(asked: Asked) -> str:
    return _LOOK if asked.by_hand else _SYNC
