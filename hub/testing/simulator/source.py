"""What the source holds and its people have decided: the measure of what the books must hold in the end."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hub.errors import HubError
from hub.testing.simulator.books import IDENTITY
from hub.testing.simulator.history import DOCUMENTS, ENTITIES
from hub.testing.simulator.world import COMPANY, CONNECTION, World

TRIGGERS = {"ship_doc": {"shipped", "closed"}, "payment": {"recorded"}}
DEFAULT = {"ship_doc": "processing", "payment": "entered"}
OURS = {"customer": "phone", "vendor": "phone", "item": "sku"}
"""The field of an entity that only the source changes."""
THEIRS = {"customer": "email", "vendor": "email", "item": "purchase_description"}
"""The field that only the books' people change."""
SHARED = {"customer": "website", "vendor": "website"}
"""The field that both change."""


@dataclass(slots=True)
class Want:
    """One record, as the source knows it.

    Attributes:
        kept: the books keep a copy that no job touches any more (U3, U5).
        given_up: its change was taken out of the queue, and not saved again since (Q9, Q10).
        gone: the books' own people deleted its copy, and the source has not saved it since.
        decided: a person chose whose values win; the books' people's own values may be lost by it.
    """

    type: str
    id: str
    exists: bool = False
    deleted: bool = False
    status: str | None = None
    recorded: bool = True
    prevented: bool = False
    lives: int = 0
    data: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    kept: bool = False
    given_up: bool = False
    gone: bool = False
    decided: bool = False

    @property
    def entity(self) -> bool:
        return self.type not in TRIGGERS

    @property
    def alive(self) -> bool:
        return self.exists and not self.deleted

    @property
    def wanted(self) -> bool:
        """Whether the source wants a live copy of it in the books."""
        if self.entity:
            return self.alive
        return self.alive and self.status in TRIGGERS[self.type] and not self.prevented

    @property
    def words(self) -> str:
        """For the story."""
        return f"{self.type.replace('_', ' ')} {self.id}"


class People:
    """The source, the hub's people and the books' people. Each act is done at once, or refused."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wants = {key: Want(*key) for key in (*ENTITIES, *DOCUMENTS)}
        self._versions = itertools.count(1)

    # --- the source ---

    def put(self, type: str, id: str, what: str, status: str | None) -> None:
        """Save a record with something changed."""
        want = self.wants[type, id]
        if want.entity:
            self._put_entity(want, what)
        else:
            self._put_document(want, what, status)

    def _put_entity(self, want: Want, what: str) -> None:
        version = f"v{next(self._versions)}"
        place = (SHARED if what == "shared" else OURS).get(want.type) or OURS[want.type]
        new = not want.alive
        lives = want.lives + new
        if new:
            data = {"name": f"{want.words} {lives}", IDENTITY[want.type]: f"{want.id} life {lives}"}
        else:
            data = self._payload(want)
        if not self._save(want, {**data, place: version}, f"{place} {version}"):
            return
        if new:
            want.ours, want.theirs = {}, {}
        want.ours[place] = version
        want.lives, want.exists, want.deleted = lives, True, False
        want.given_up = want.gone = False

    def _put_document(self, want: Want, what: str, status: str | None) -> None:
        data = want.data or self._blank(want)
        status = status or (want.status if want.alive else DEFAULT[want.type])
        recorded = not want.recorded if what == "recorded" else True
        if what == "content" or not want.data:
            data = {**data, "memo": f"{want.id} v{next(self._versions)}"}
        edited = data != want.data
        told = f"{data['memo'].partition(' ')[2]}, {status}{'' if recorded else ', not fully recorded'}"
        if not self._save(want, {**data, "status": status, "fully_recorded": recorded}, told):
            return
        was = want.wanted
        want.prevented = want.prevented and want.alive
        want.exists, want.deleted, want.status, want.data, want.recorded = True, False, status, data, recorded
        if want.wanted and (edited or not was):
            want.given_up = want.kept = False
        if want.wanted and not was:
            want.gone = False  # what the books' people deleted is only posted anew after an undo

    def _blank(self, want: Want) -> dict[str, Any]:
        data: dict[str, Any] = {"date": "2026-01-04", "customer": "C1"}
        if self.world.setup.numbers != "own":
            data["number"] = want.id
        if want.type == "payment":
            applied = [{"type": "ship_doc", "source_id": "S1", "amount": "10.00"}]
            return {**data, "amount": "10.00", "applied_to": applied}
        if want.id == "S2":
            data["customer"] = "C2" if self.wants["customer", "C2"].alive else "C1"
        return {**data, "lines": [{"item": "I1", "quantity": "2", "unit_price": "10.00"}]}

    def _save(self, want: Want, data: dict[str, Any], told: str) -> bool:
        (saved,) = self.world.office.put_many(COMPANY, [{**data, "type": want.type, "source_id": want.id}])
        refused = f": refused, {saved.error.code}" if saved.error else ""
        self.world.tell("source", f"saves {want.words}: {told}{refused}")
        self._told(saved.error)
        self.world.met["saves"] += not saved.error
        return saved.error is None

    def delete(self, type: str, id: str) -> None:
        """The source deletes a record; one that documents stand on is kept."""
        want = self.wants[type, id]
        if not want.alive or not self._act("source", "deletes", want, self.world.office.delete):
            return
        self.world.met["deletions"] += 1
        want.deleted, want.given_up = True, False
        want.theirs = {}

    def _payload(self, want: Want) -> dict[str, Any]:
        """The record as a source that follows along has it."""
        query = "SELECT payload FROM records WHERE type = ? AND source_id = ?"
        data: dict[str, Any] = json.loads(self.world.rows(query, want.type, want.id)[0][0])
        return data

    # --- the hub's people ---

    def undo(self, type: str, id: str) -> None:
        want = self.wants[type, id]
        if self._act("person", "undoes", want, self.world.office.undo):
            self.world.met["undos"] += 1
            want.given_up = False

    def prevent(self, type: str, id: str) -> None:
        want = self.wants[type, id]
        if self._act("person", "prevents the sync of", want, self.world.office.prevent):
            self.world.met["prevents"] += 1
            want.prevented = True

    def allow(self, type: str, id: str) -> None:
        want = self.wants[type, id]
        if self._act("person", "allows the sync of", want, self.world.office.allow):
            want.prevented = False
            if want.wanted:
                want.kept = want.given_up = False

    def detach(self, type: str, id: str) -> None:
        want = self.wants[type, id]
        if self._act("person", "detaches", want, self.world.office.detach):
            self.world.met["detachments"] += 1
            want.prevented, want.kept, want.given_up = True, bool(self.world.books.live(type, id)), False

    def remove(self, type: str, id: str, which: str) -> None:
        want, request = self.wants[type, id], self._request(type, id, which)
        if request is None:
            return
        before = want.status
        if not self._queue("takes out of the queue", want, which, request, self.world.office.remove, "a reason"):
            return
        self.world.met["removals from the queue"] += 1
        if which == "removal":
            want.kept = bool(self.world.books.live(type, id))
        elif want.status == before:
            want.given_up = True

    def hold(self, type: str, id: str, which: str) -> None:
        if (request := self._request(type, id, which)) is not None:
            self._queue("holds", self.wants[type, id], which, request, self.world.office.hold, "a reason")

    def release(self, type: str, id: str, which: str) -> None:
        """Whoever releases a request to be checked by hand has looked: it is not in the books."""
        request = self._request(type, id, which)
        if request is not None and not self.world.books.live(type, id):
            self._queue("releases", self.wants[type, id], which, request, self.world.office.release)

    def cancel(self) -> None:
        for (job_id,) in self.world.rows("SELECT id FROM jobs WHERE state IN ('queued', 'exporting', 'importing')"):
            self.world.tell("person", f"cancels job {job_id}")
            self.world.met["cancellations"] += 1
            self._try(self.world.office.cancel, job_id)

    def decide(self) -> None:
        """What only a person can decide, decided by looking into the books."""
        world = self.world
        by_hand = (
            "SELECT id, type, source_id, removal FROM requests WHERE error_code = 'check_by_hand' AND state = 'unknown'"
        )
        for id, type, source_id, removal in world.rows(by_hand):
            want = self.wants[type, source_id]
            linked = world.rows("SELECT 1 FROM links l JOIN requests r ON r.record_id = l.record_id WHERE r.id = ?", id)
            copies = world.books.live(type, source_id)
            world.met["checks by hand"] += 1
            if copies and not removal and not linked:
                there = str(copies[0].id)
                world.tell("person", f"finds {want.words} in the books as {there}, and links it")
                self._try(world.office.link, COMPANY, type, source_id, remote_id=there, keep="source")
                want.decided = True
            else:
                world.tell("person", f"releases {want.words}: not in the books, or to be done all the same")
                self._try(world.office.release, CONNECTION, [id])
        asked = (
            "SELECT r.type, r.source_id, c.remote_id FROM conflicts c JOIN records r ON r.id = c.record_id"
            " WHERE c.kind = 'both_changed' AND c.resolved_at IS NULL"
        )
        for type, source_id, remote_id in world.rows(asked):
            want = self.wants[type, source_id]
            if not want.deleted:
                world.tell("person", f"lets the source's values of {want.words} win")
                self._try(world.office.link, COMPANY, type, source_id, remote_id=remote_id, keep="source")
                want.decided = True

    def _request(self, type: str, id: str, which: str) -> int | None:
        query = "SELECT id FROM requests WHERE type = ? AND source_id = ? AND removal = ? ORDER BY id DESC"
        rows = self.world.rows(query, type, id, which == "removal")
        return rows[0][0] if rows else None

    def _queue(self, verb: str, want: Want, which: str, request: int, call: Any, *more: Any) -> bool:
        refused = self._try(call, CONNECTION, [request], *more)
        what = "the removal of" if which == "removal" else "the write of"
        self.world.tell("person", f"{verb} {what} {want.words}{f': refused, {refused}' if refused else ''}")
        self._follow(want)
        return refused is None

    def _act(self, who: str, verb: str, want: Want, call: Any) -> bool:
        if not want.exists:
            return False
        refused = self._try(call, COMPANY, want.type, want.id)
        self.world.tell(who, f"{verb} {want.words}{f': refused, {refused}' if refused else ''}")
        self._follow(want)
        return refused is None

    def _follow(self, want: Want) -> None:
        """The source follows along: a document that was re-opened is re-opened in the source."""
        if want.exists and not want.entity:
            query = "SELECT status FROM records WHERE type = ? AND source_id = ?"
            want.status = self.world.rows(query, want.type, want.id)[0][0]

    def _try(self, call: Any, *args: Any, **more: Any) -> str | None:
        try:
            call(*args, **more)
        except HubError as fault:
            self._told(fault)
            return fault.code
        return None

    def _told(self, fault: HubError | None) -> None:
        if fault is not None and fault.code in ("database_error", "internal_error", "plugin_failed"):
            self.world.books.wrongs.append(("code", f"a person met {fault.code}: {fault.message}"))

    # --- the books' people ---

    def clerk(self, what: str, type: str, id: str) -> None:
        """Somebody changes our record's copy in the books, wherever it came from."""
        copies = self.world.books.live(type, id)
        if not copies:
            return
        want, copy, books = self.wants[type, id], copies[0], self.world.books
        match what:
            case "edit" | "edit both":
                place = (SHARED if what == "edit both" else THEIRS).get(type) or THEIRS[type]
                version = f"b{next(self._versions)}"
                books.edit(copy, place, version)
                want.theirs[place] = version
                self.world.tell("bookkeeper", f"changes {place} of {want.words} to {version}")
            case "edit document":
                books.edit(copy, "reference", f"b{next(self._versions)}")
                self.world.tell("bookkeeper", f"changes {want.words}")
            case "delete":
                if not books.remove(copy):
                    return
                want.gone, want.kept = True, False
                want.theirs = {}
                self.world.tell("bookkeeper", f"deletes {want.words}")
            case _:
                if not books.pay(copy, Decimal("1.00")):
                    return
                self.world.tell("bookkeeper", f"enters a payment on {want.words}")
        self.world.met["changes in the books"] += 1
