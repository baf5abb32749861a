"""The verdict on a history, read from the books: one live copy of all that the source wants there, and nothing else.

What is not so must show honestly why: each reason that is accepted here is checked in the books.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hub.testing.simulator.source import OURS, SHARED, THEIRS, People, Want
from hub.testing.simulator.world import World

Wrong = tuple[str, str]
"""(rule, what is wrong)."""


def judge(world: World, people: People) -> Iterator[Wrong]:
    """Everything that is wrong once nothing moves any more."""
    yield from world.books.wrongs
    for want in people.wants.values():
        if want.exists:
            yield from _judge(world, people, want)
    for (source_id,) in world.rows("SELECT source_id FROM requests WHERE source_id LIKE 'books:%'"):
        yield "J7", f"what was born in the books is queued back to them: {source_id}"
    for id, state in world.rows("SELECT id, state FROM jobs WHERE state IN ('queued', 'exporting', 'importing')"):
        yield "J6", f"job {id} never ends: {state}"


def _judge(world: World, people: People, want: Want) -> Iterator[Wrong]:
    copies = world.books.live(want.type, want.id)
    left = list(_requests(world, want))
    excused = bool(left)
    for request in left:
        if why := _dishonest(world, people, want, request):
            yield "X4", f"{want.words} never gets through: {why}"
    if not want.wanted:
        if want.kept:
            if not copies:
                yield "U5", f"the copy of {want.words} that the books were to keep is gone"
        elif copies and not excused:
            yield "X4", f"{want.words} is still in the books as {copies[0].id}, and nothing in the queue removes it"
        return
    if not copies:
        if not (excused or want.given_up or want.gone):
            yield "X4", f"{want.words} is forgotten: not in the books, and not in the queue"
        return
    if excused or want.given_up or want.gone:
        return
    yield from _content(world, want, copies[0].data)
    linked = world.rows(
        "SELECT l.remote_id FROM links l JOIN records r ON r.id = l.record_id"
        " WHERE r.type = ? AND r.source_id = ? AND l.detached_at IS NULL", want.type, want.id,
    )  # fmt: skip
    if linked != [(str(copies[0].id),)]:
        yield "X5", f"{want.words} is linked to {linked}, and the books hold it as {copies[0].id}"


def _content(world: World, want: Want, theirs: dict[str, Any]) -> Iterator[Wrong]:
    if not want.entity:
        if theirs.get("memo") != want.data["memo"]:
            yield (
                "Q8",
                f"an edit of {want.words} is lost: the books hold {theirs.get('memo')!r}, not {want.data['memo']!r}",
            )
        return
    query = "SELECT payload FROM records WHERE type = ? AND source_id = ?"
    ours = json.loads(world.rows(query, want.type, want.id)[0][0])
    for field in (OURS[want.type], THEIRS[want.type], SHARED.get(want.type, OURS[want.type])):
        if ours.get(field) != theirs.get(field):
            yield "C5", f"{field} of {want.words} is {ours.get(field)!r} here and {theirs.get(field)!r} in the books"
    mine = OURS[want.type]
    if theirs.get(mine) != want.ours.get(mine):
        yield "Q8", f"an edit of {want.words} is lost: {mine} is {theirs.get(mine)!r}, not {want.ours.get(mine)!r}"
    their = THEIRS[want.type]
    if their in want.theirs and not want.decided and theirs.get(their) != want.theirs[their]:
        yield "C5", f"the books' {their} of {want.words} is lost: {theirs.get(their)!r}, not {want.theirs[their]!r}"
    if (shared := SHARED.get(want.type)) and not want.decided:
        legal = {each for each in (want.ours.get(shared), want.theirs.get(shared)) if each}
        if legal and theirs.get(shared) not in legal:
            yield "C5", f"{shared} of {want.words} is {theirs.get(shared)!r}, which is neither side's last: {legal}"


def _requests(world: World, want: Want) -> Iterator[dict[str, Any]]:
    names = ("id", "operation", "state", "error_code", "waits_for", "reason", "held_by")
    for row in world.rows(
        f"SELECT {', '.join(names)} FROM requests WHERE type = ? AND source_id = ? ORDER BY id", want.type, want.id
    ):
        yield dict(zip(names, row, strict=True))


def _dishonest(world: World, people: People, want: Want, request: dict[str, Any]) -> str | None:
    """Why this request should not be left in the queue; None when its reason is so."""
    books, words = world.books, f"{request['operation']} is {request['state']}"
    copies = books.live(want.type, want.id)
    if want.gone:
        return None
    if request["reason"] == "not recorded":
        return None if not want.recorded else f"{words}: not recorded, though it is"
    if waits_for := request["waits_for"]:
        target = next((other for other in people.wants.values() if other.words == waits_for), None)
        if target is None:  # it waits for another request of its own record
            return None if len(list(_requests(world, want))) > 1 else f"{words}: waits for {waits_for}"
        there = books.live(target.type, target.id) and not target.given_up
        return f"{words}: waits for {waits_for}, which is in the books" if there and target.wanted else None
    match request["error_code"]:
        case "payments_applied":
            return None if any(map(books.paid_by_somebody, copies)) else f"{words}: no payment is applied to it"
        case "over_applied":
            paid = books.live("ship_doc", "S1")
            return None if any(map(books.paid_by_somebody, paid)) else f"{words}: nothing else was applied"
        case "missing_dependency":
            gone = [other for other in people.wants.values() if other.deleted or other.gone or not other.wanted]
            return None if gone else f"{words}: all that it names is there"
        case code:
            return f"{words}: {code or 'nothing'} holds it back"
