"""The ways out of a conflict and their commands; one that the rules would refuse is not offered (rule C9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select

from hub.conflicts.claims import Claim, holders_of
from hub.conflicts.rows import Kind
from hub.queue import Lane
from hub.store.tables import links, records


class Way(StrEnum):
    """What a person can do about a conflict."""

    RENAME = "rename"
    LINK = "link"
    CHOOSE = "choose"
    PROXY = "proxy"
    REMOVE = "remove"
    RELEASE = "release"


_WAYS: dict[Kind, tuple[tuple[Way, str], ...]] = {
    Kind.DUPLICATE_NAME: (
        (Way.RENAME, "rename it in the source: hub put {company} {type} {source_id} FILE"),
        (
            Way.LINK,
            "it is the same one, and the source's values win: hub link {company} {type} {source_id}"
            " --remote-id {remote_id} --keep source --connection {connection}",
        ),
        (
            Way.LINK,
            "it is the same one, and the books' values win: hub link {company} {type} {source_id}"
            " --remote-id {remote_id} --keep books --connection {connection}",
        ),
        (
            Way.PROXY,
            "post with the other instead: hub proxy set {company} {type} {source_id} --remote-id {remote_id}"
            " --connection {connection}",
        ),
        (
            Way.REMOVE,
            "let the books win: hub queue remove {connection} {psr}, then save the entity once more in the books",
        ),
        (Way.REMOVE, "leave it unsent: hub queue remove {connection} {psr}"),
    ),
    Kind.BOTH_CHANGED: (
        (
            Way.LINK,
            "keep the source's values: hub link {company} {type} {source_id} --remote-id {remote_id} --keep source"
            " --connection {connection}",
        ),
        (
            Way.LINK,
            "keep the books' values: hub link {company} {type} {source_id} --remote-id {remote_id} --keep books"
            " --connection {connection}",
        ),
        (Way.CHOOSE, ""),  # for each field by itself: no command has a word for that
    ),
    Kind.SEVERAL_MATCHES: (
        (
            Way.LINK,
            "choose one: hub link {company} {type} {source_id} --remote-id ID --keep source --connection {connection}"
            " (or --keep books)",
        ),
        (
            Way.RENAME,
            "rename it in the source: hub put {company} {type} {source_id} FILE, then save the entity once more in the"
            " books",
        ),
    ),
    Kind.CHECK_BY_HAND: (
        (
            Way.LINK,
            "it is in the books: hub link {company} {type} {source_id} --remote-id ID --keep source"
            " --connection {connection}",
        ),
        (Way.RELEASE, "it is not in the books: hub queue release {connection} {psr} --reason TEXT"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InBooks:
    """What another record of ours, that stands in the way, is in the books, where it is there."""

    ours: bool = False
    remote_id: str | None = None
    itself: bool = False
    """Whether the record of the conflict is in the books itself: it cannot be another one there any more."""


NOBODY = InBooks()


def find_holders(db: Connection, lane: Lane, found: Sequence[Any]) -> dict[int, InBooks]:
    """For each conflict, the record of ours that is or holds what stands in its way; two statements for all."""
    objects = {row["remote_id"] for row in found if row["remote_id"] is not None}
    claims = {row["id"]: claim for row in found if row["remote_id"] is None and (claim := _claim(lane, row))}
    holding = holders_of(db, lane, list(claims.values())) if claims else {}
    names = {id: holder.record_id for id, claim in claims.items() if (holder := holding.get(claim.place))}
    mine = (links.c.remote_type, links.c.remote_id, links.c.record_id, records.c.source_id)
    linked = db.execute(
        select(*mine)
        .join(records, records.c.id == links.c.record_id)
        .where(
            links.c.connection_id == lane.id,
            links.c.remote_id.in_(objects)
            | links.c.record_id.in_({row["record_id"] for row in found} | {id for id in names.values() if id}),
        )
    ).all()
    by_object = {(each.remote_type, each.remote_id): each for each in linked}
    by_record = {(each.remote_type, each.record_id): each for each in linked}
    answer: dict[int, InBooks] = {}
    for row in found:
        itself = (row["type"], row["record_id"]) in by_record
        if itself:
            answer[row["id"]] = InBooks(itself=True)
        if row["remote_id"] is not None:
            its = by_object.get((row["type"], row["remote_id"]))
            # A record that an import made for the object gives way to the one that is linked (C3).
            if its and its.record_id != row["record_id"] and its.source_id != f"{lane.name}:{its.remote_id}":
                answer[row["id"]] = InBooks(ours=True, remote_id=its.remote_id, itself=itself)
        elif (record_id := names.get(row["id"])) not in (None, row["record_id"]):
            known = by_record.get((row["type"], record_id))
            remote_id = known.remote_id if known else None
            answer[row["id"]] = InBooks(ours=True, remote_id=remote_id, itself=itself)
    return answer


def _claim(lane: Lane, row: Any) -> Claim | None:
    """The name that the record of a conflict wants."""
    if row["kind"] != Kind.DUPLICATE_NAME or lane.capabilities is None or not row["title"]:
        return None
    namespace = lane.capabilities.namespaces.get(row["type"])
    key = lane.capabilities.name_rule.normalise(row["title"])
    return Claim(record_id=row["record_id"], namespace=namespace, name_key=key) if namespace else None


def open_ways(row: Any, holder: InBooks, *, waits: bool) -> list[tuple[Way, str]]:
    """The ways with the commands that take them.

    Args:
        holder: the record of ours that stands in the way, if it is one.
        waits: whether a request of the record itself is in the queue.
    """
    other_type = row["details"].get("remote_type", row["type"]) != row["type"]
    name = row["kind"] == Kind.DUPLICATE_NAME
    at_hand = not name or not (other_type or (row["remote_id"] or holder.remote_id) is None)
    theirs = not name or (at_hand and not holder.ours)
    possible = {
        Way.LINK: theirs and not (name and holder.itself),
        Way.PROXY: at_hand and not holder.itself,
        Way.REMOVE: waits,
        Way.RELEASE: waits,
    }
    in_books = "save the entity once more in the books"
    return [
        (way, command)
        for way, command in _WAYS[Kind(row["kind"])]
        if possible.get(way, True) and (way is not Way.REMOVE or (in_books in command) == theirs)
    ]
