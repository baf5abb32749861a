"""What people do in a history: those of the hub, who are refused exactly when the rules say so, and the books' own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from history_model import DEFAULT, Psr, Thing
from history_source import Source
from history_world import FIELDS, Copy, normalise
from hub_mock.faults import FaultName, FaultRow, On

from hub.errors import HubError

LINK_REFUSALS = {
    "record_not_found", "record_deleted", "target_not_found", "target_inactive", "request_locked", "outcome_unknown",
    "linked_elsewhere", "already_linked", "authorisation_lost",
}  # fmt: skip


class People(Source):
    """Decisions about records, the bookkeeper's changes, faults and time."""

    def _undo(self, type: str, id: str) -> None:
        thing = self.things[type, id]
        codes = thing.undo(self.world.seen(type, id))
        if self._expect(codes, self.world.hub.undo, self.world.company, type, id, reason="test"):
            self._reopened(thing)
            at = self.world.seen(type, id)
            assert at.waiting(removal=True), "the removal is queued (U1)"
            assert at.linked, "the link stays until the books confirm (U1)"
            thing.given_up = False

    def _reopened(self, thing: Thing) -> None:
        thing.status = DEFAULT[thing.type]
        thing.data = {**thing.data, "status": thing.status}
        status, _, _ = self.world.flags(thing.type, thing.id)
        assert status == thing.status, "the status goes back to its default"

    def _prevent(self, type: str, id: str) -> None:
        thing = self.things[type, id]
        codes = thing.prevent(self.world.seen(type, id))
        if self._expect(codes, self.world.hub.prevent, self.world.company, type, id, reason="test"):
            thing.prevented = True

    def _allow(self, type: str, id: str) -> None:
        thing = self.things[type, id]
        if self._expect(thing.allow(), self.world.hub.allow, self.world.company, type, id, reason="test"):
            thing.prevented = False
            if thing.wanted:
                thing.kept = thing.given_up = thing.meddled = False
                assert self.world.seen(type, id).waiting(removal=False), "it stands in a trigger status: queued (U2)"

    def _detach(self, type: str, id: str) -> None:
        thing = self.things[type, id]
        codes = thing.detach(self.world.seen(type, id))
        if self._expect(codes, self.world.hub.detach, self.world.company, type, id, reason="test"):
            thing.prevented = thing.kept = True
            thing.given_up = False
            at = self.world.seen(type, id)
            assert at.detached, "the link rests (U5)"
            assert not at.requests, "nothing is queued (U5)"

    def _psr(self, type: str, id: str, which: str) -> Psr | None:
        at = self.world.seen(type, id)
        removal = which == "removal"
        return at.waiting(removal=removal) or at.flying(removal=removal)

    def _remove(self, type: str, id: str, which: str) -> None:
        thing, at, psr = self.things[type, id], self.world.seen(type, id), self._psr(type, id, which)
        if psr is None:
            return
        if not self._expect(thing.remove(at, psr), self.world.hub.remove, self.world.connection, [psr.id], "test"):
            return
        if psr.removes:
            thing.kept = True
        elif thing.reopens(at, psr):
            self._reopened(thing)
        else:
            thing.given_up = True

    def _hold(self, type: str, id: str, which: str) -> None:
        if psr := self._psr(type, id, which):
            thing = self.things[type, id]
            self._expect(thing.hold(psr), self.world.hub.hold, self.world.connection, [psr.id], "test")

    def _release(self, type: str, id: str, which: str) -> None:
        """A person who releases a request to be checked by hand has looked: it is not in the books."""
        thing, psr = self.things[type, id], self._psr(type, id, which)
        if psr is None or (psr.error == "check_by_hand" and self.copies(thing)):
            return
        self._expect(thing.release(psr), self.world.hub.release, self.world.connection, [psr.id])

    def _proxy(self, type: str, id: str, name: str) -> None:
        thing = self.things[type, id]
        codes = thing.proxy(self.world.seen(type, id))
        found = [each for each in self.world.in_books() if (each.type, each.key) == (type, normalise(name))]
        proxied = [
            other for other in self.things.values() if other is not thing and other.type == type and other.proxied
        ]
        named = [other for other in proxied if self.world.name(other.type, other.id) == normalise(name)]
        codes |= set() if found else {"target_not_found"}
        codes |= {"target_inactive"} if any(not each.active for each in found) else set()
        codes |= {"proxy_chain"} if named else set()
        if FaultRow(name=FaultName.UNAUTHORISED) in [replace(each, times=None) for each in self.world.faults.faults()]:
            codes = {*codes, "authorisation_lost"}  # the books are asked first
        if self._expect(codes, self.world.hub.set_proxy, self.world.company, type, id, name=name):
            thing.proxied, thing.given_up = True, False

    def _unproxy(self, type: str, id: str) -> None:
        thing = self.things[type, id]
        codes = thing.unproxy(self.world.seen(type, id))
        if self._expect(codes, self.world.hub.clear_proxy, self.world.company, type, id):
            thing.proxied = False
            assert self.world.seen(type, id).waiting(removal=False), "clearing a proxy queues a create (C6)"

    def _link(self, type: str, id: str, name: str, keep: str) -> None:
        """Say which entity in the books it is. Refusals here are many; what counts is that nothing goes wrong after."""
        thing = self.things[type, id]
        if not thing.entity:
            return
        refused = None
        try:
            self.world.hub.link(self.world.company, type, id, name=name, keep=keep)
        except HubError as fault:
            refused = fault.code
        assert refused is None or refused in LINK_REFUSALS
        if refused is None:
            thing.proxied = thing.gone = thing.given_up = False
            thing.meddled, thing.legal = True, {}

    # --- the books' own people ---

    def copies(self, thing: Thing) -> list[Copy]:
        found = self.world.in_books()
        return [each for each in found if (each.type, each.whose) == (thing.type, thing.id) and each.active]

    def _by_bookkeeper(self, call: Any, *args: Any) -> bool:
        try:
            call(*args)
        except HubError:
            return False
        return True

    def _bk_add(self, type: str, name: str) -> None:
        self._by_bookkeeper(self.world.screen.add, type, [f"name={name}"])

    def _bk_edit(self, type: str, id: str, field: str, value: str | None) -> None:
        """Change one field of our record's object, or of somebody's."""
        thing, at = self.things[type, id], self.world.seen(type, id)
        if not at.linked:
            return
        value = value or f"b{next(self._versions)}"
        if self._by_bookkeeper(self.world.screen.edit, type, at.remote_id, [f"{field}={value}"]):
            if not thing.entity:
                thing.meddled = thing.edited_there = True
                return
            if not at.requests and not self._in_job:
                thing.unsent = set()
            contested = field in thing.unsent
            before = thing.legal.get(field, set())
            if not contested:
                thing.legal[field] = {value.strip()} | (before if self._in_job else set())
            elif (
                self._in_job
                or self.policy.get("conflicts", "source") != "source"
                or any(not each.waits or each.sent for each in at.requests)
            ):
                thing.legal[field] = before | {value.strip()}

    def _bk_delete(self, type: str, id: str) -> None:
        thing, at = self.things[type, id], self.world.seen(type, id)
        if at.remote_id and self._by_bookkeeper(self.world.screen.delete, type, at.remote_id):
            thing.gone, thing.kept = True, False
            if thing.entity:
                thing.legal.setdefault("active", set()).update({True, False})
                for field in FIELDS[type]:
                    thing.legal.setdefault(field, set()).add(self.world.data(type, id).get(field))

    def _bk_pay(self, type: str, id: str) -> None:
        at = self.world.seen(type, id)
        if at.linked:
            self._by_bookkeeper(self.world.screen.add, "payment", [f"applied_to={at.remote_id}:5.00"])

    def _fault(self, name: str, on: str, times: int) -> None:
        self.world.faults.switch(FaultRow(name=FaultName(name), on=On(on), times=times))

    def _clear(self) -> None:
        self.world.faults.switch(None)

    def _time(self, seconds: float) -> None:
        self.world.clock.sleep(seconds)
