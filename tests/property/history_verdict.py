"""The verdict on a history: faults gone, holds released, synced until nothing changes; then the books are read.

Each record is in the books exactly as the source has it, or shows honestly why not; the honesty is checked too.
"""

from __future__ import annotations

from typing import Any

from history_model import STATES, Seen, Thing
from history_play import LEASE, Play
from history_world import FIELDS, NAMESPACE, Copy

ROUNDS = 12


def settle(play: Play) -> None:
    """Until nothing changes any more; a person decides what is left to a person."""
    world = play.world
    play.act(("clear",))
    if play.world.unfinished():
        world.clock.sleep(LEASE + 1)
        play.job([])  # what the dead job holds is refused to everybody until it is taken over
    before: Any = None
    for _ in range(ROUNDS):
        world.clock.sleep(400)
        held = [id for (id,) in world.rows("SELECT id FROM requests WHERE state = 'held'")]
        if held:
            world.hub.release(world.connection, held)
        decide(play)
        play.job([])
        now = (
            world.rows("SELECT id, operation, error_code, waits_for FROM requests ORDER BY id"),
            world.rows("SELECT record_id, remote_id, remote_version, detached_at FROM links ORDER BY record_id"),
            world.rows("SELECT id, revision FROM records ORDER BY id"),
            [(copy.remote_id, copy.data, copy.active) for copy in world.in_books()],
        )
        if now == before:
            return
        before = now
    raise AssertionError(f"it never settles: {before}")


def decide(play: Play) -> None:
    """What only a person can decide: requests to be checked by hand, and fields that both sides changed."""
    world = play.world
    by_hand = world.rows(
        "SELECT id, type, source_id, removal FROM requests WHERE error_code = 'check_by_hand' AND state = 'unknown'"
    )
    for id, type, source_id, removal in by_hand:
        thing = play.things[type, source_id]
        copies = play.copies(thing)
        linked = world.seen(type, source_id).linked
        if copies and not removal and not linked and not thing.deleted:
            world.hub.link(world.company, type, source_id, remote_id=copies[0].remote_id, keep="source")
        else:
            world.hub.release(world.connection, [id])
    asked = world.rows(  # while a request of the record is in doubt the answer is refused: the next job settles that
        "SELECT r.type, r.source_id, c.remote_id FROM conflicts c JOIN records r ON r.id = c.record_id"
        " WHERE c.kind = 'both_changed' AND c.resolved_at IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM requests q WHERE q.record_id = c.record_id AND q.state = 'unknown')"
    )
    for type, source_id, remote_id in asked:
        if (type, source_id) in play.things and not play.things[type, source_id].deleted:
            world.hub.link(world.company, type, source_id, remote_id=remote_id, keep="source")


def judge(play: Play) -> None:
    """Every record, one by one."""
    copies = play.check_books()
    for key, thing in play.things.items():
        if thing.exists:
            record = play.world.hub.show(play.world.company, *key, history=False)
            _judge(play, thing, record, record["sync"][0], copies)
    queued = play.world.rows("SELECT source_id FROM requests WHERE source_id LIKE 'mock:%'")
    assert not queued, f"what was born in the books is queued back: {queued}"


def _judge(play: Play, thing: Thing, record: dict[str, Any], sync: dict[str, Any], copies: list[Copy]) -> None:
    at = play.world.seen(thing.type, thing.id)
    who = f"{thing} {sync} {at}"
    mine = [each for each in copies if each.type == thing.type and each.whose == thing.id]
    live = [each for each in mine if each.active]
    state = sync["state"]
    assert state in STATES, who
    assert state != "synced" or sync["remote_id"], f"synced without a remote id: {who}"
    assert state not in ("sending", "check_by_hand"), f"left over: {who}"
    assert state != "held" or sync["error"], f"held, and not because it failed too often: {who}"
    if state in ("needs_attention", "waiting", "held"):
        _honest(play, thing, at, sync, copies)
    elif not thing.wanted:
        assert not at.requests, who
        if thing.kept and not thing.gone:
            assert len(live) <= 1, who
        elif not (thing.meddled or thing.given_up):
            assert not live or thing.proxied, f"left in the books: {who} {live}"
    elif state == "synced":
        _same(thing, record, sync, copies, mine)
    elif state == "diverged":
        assert thing.given_up or thing.gone, f"nobody made it diverge: {who}"
    else:
        raise AssertionError(f"wanted, and shows {state}: {who}")


def _same(thing: Thing, record: dict[str, Any], sync: dict[str, Any], copies: list[Copy], mine: list[Copy]) -> None:
    who = f"{thing} {sync}"
    linked = next((each for each in copies if each.remote_id == sync["remote_id"]), None)
    if not thing.entity:
        if thing.gone or thing.meddled:
            return
        assert linked, f"synced, and not in the books: {who}"
        assert linked.data["memo"] == thing.data["memo"], f"an edit was lost: {who} books {linked.data}"
        assert len([each for each in mine if each.active]) == 1, f"{who} {mine}"
        return
    assert linked, f"synced, and not in the books: {who}"
    for field in FIELDS[thing.type]:
        ours, theirs = record["data"].get(field), linked.data.get(field, True if field == "active" else None)
        theirs = linked.active if field == "active" else theirs
        assert ours == theirs, f"{field} is {ours!r} here and {theirs!r} in the books: {who}"
        if field in thing.legal and not (thing.meddled or thing.given_up or thing.gone):
            want = {each.strip() if isinstance(each, str) else each for each in thing.legal[field]}
            assert ours in want, f"an edit was lost: {field} is {ours!r}, not one of {want}: {who}"


def _honest(play: Play, thing: Thing, at: Seen, sync: dict[str, Any], copies: list[Copy]) -> None:
    """What keeps it from the books is so."""
    error, waits_for, who = sync["error"], sync["waits_for"], f"{thing} {sync} {at}"
    code = error["code"] if error else None
    name = play.world.name(thing.type, thing.id)
    remote = next((each for each in copies if each.remote_id == at.remote_id), None)
    match code:
        case "duplicate_name":
            space = NAMESPACE[thing.type]
            theirs = [each for each in copies if NAMESPACE.get(each.type) == space and each.remote_id != at.remote_id]
            ours = [
                play.world.name(other.type, other.id)
                for other in play.things.values()
                if other is not thing and other.alive and NAMESPACE.get(other.type) == space
            ]
            assert name in [each.key for each in theirs] + ours, f"nobody has that name: {who}"
        case "missing_dependency":
            assert _lacks(play, thing, copies), f"nothing is missing: {who}"
        case "duplicate_number":
            assert [each for each in copies if each.number == thing.id and each.remote_id != at.remote_id], who
        case "payments_applied":
            assert remote, who
            assert remote.settled != "0", who
        case "over_applied":
            assert thing.type == "payment", who
        case "not_found":
            assert thing.gone, who
            assert not remote, who
        case "stale_version":
            assert thing.edited_there, who
            assert any(each.removes for each in at.requests), who
        case None if waits_for:
            assert waits_for.startswith("the request before it") or _lacks(play, thing, copies), f"waits in vain: {who}"
        case None:
            assert not thing.data.get("fully_recorded", True), f"waits for nothing: {who}"
        case _:
            raise AssertionError(f"an error that nothing explains: {who}")


def _lacks(play: Play, thing: Thing, copies: list[Copy]) -> bool:
    """Whether something it names is not to be had in the books."""
    named = [("customer", thing.data.get("customer"))]
    named += [("item", line["item"]) for line in thing.data.get("lines", [])]
    named += [(part["type"], part["source_id"]) for part in thing.data.get("applied_to", [])]
    for type, id in named:
        if id is None:
            continue
        at, other = play.world.seen(type, id), play.things[type, id]
        remote = next((each for each in copies if each.remote_id == at.remote_id), None)
        proxied = at.proxied and type not in ("ship_doc", "payment")
        if other.deleted or not other.exists or not (at.linked or proxied):
            return True
        if proxied or remote is None or not remote.active:
            return True  # the stand-in may have been deleted or made inactive since
    return False
