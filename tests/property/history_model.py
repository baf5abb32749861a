"""What the source holds and what the rules then say: refusals, and what the books ought to hold. Plain values only.

The model never asks the hub what is right. `Seen` are the facts of one moment (what is queued, what is linked), read
from the tables; from them and from its own memory the model says which refusals the rules of the specification ask for,
and, once everything has settled, what the books must hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DEFAULT = {"ship_doc": "processing", "payment": "entered"}
TRIGGERS = {"ship_doc": {"shipped", "closed"}, "payment": {"recorded"}}
STATES = {
    "not_queued", "waiting", "sending", "synced", "needs_attention", "check_by_hand", "held", "prevented", "proxied",
    "diverged", "excluded",
}  # fmt: skip


@dataclass(frozen=True)
class Psr:
    """A queued request as it is now."""

    id: int
    operation: str
    origin: str
    state: str
    error: str | None
    sent: bool

    @property
    def waits(self) -> bool:
        return self.state in ("waiting", "held")

    @property
    def removes(self) -> bool:
        return self.operation == "delete"

    @property
    def busy(self) -> set[str]:
        """Why nobody may touch it (Q6)."""
        return {"locked": {"request_locked"}, "unknown": {"outcome_unknown"}}.get(self.state, set())


@dataclass(frozen=True)
class Seen:
    """One record on the connection, as it is now."""

    requests: tuple[Psr, ...] = ()
    remote_id: str | None = None
    detached: bool = False
    proxied: bool = False
    diverged: bool = False

    @property
    def linked(self) -> bool:
        return self.remote_id is not None and not self.detached

    def waiting(self, *, removal: bool) -> Psr | None:
        return next((each for each in self.requests if each.waits and each.removes is removal), None)

    def flying(self, *, removal: bool) -> Psr | None:
        return next((each for each in self.requests if not each.waits and each.removes is removal), None)


@dataclass
class Thing:
    """One record, as the source knows it, and what people have said about it."""

    type: str
    id: str
    exists: bool = False
    deleted: bool = False
    prevented: bool = False
    recorded: bool = True
    status: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    proxied: bool = False
    kept: bool = False  # the books keep a copy that no job touches any more (U3, U5)
    given_up: bool = False  # its change was taken out of the queue, and not saved again since (Q9, Q10)
    gone: bool = False  # the books' own people deleted it there
    meddled: bool = False  # the books' own people changed it there, and a person may have chosen
    edited_there: bool = False  # the books' own people ever changed its document there
    legal: dict[str, set[Any]] = field(default_factory=dict)  # values that each field of an entity may end with
    unsent: set[str] = field(default_factory=set)  # fields that the source has changed since the books last agreed

    @property
    def entity(self) -> bool:
        return self.type not in TRIGGERS

    @property
    def alive(self) -> bool:
        return self.exists and not self.deleted

    def triggers(self, status: str | None) -> bool:
        return not self.entity and status in TRIGGERS[self.type]

    @property
    def wanted(self) -> bool:
        """Whether the source wants a live copy of it in the books."""
        if self.entity:
            return self.alive and not self.proxied
        return self.alive and self.triggers(self.status) and not self.prevented

    # --- which refusals the rules ask for: any of these, and one of them exactly when there are any ---

    def put(self, at: Seen, status: str | None, *, edited: bool, require_undo: bool) -> set[str]:
        if self.entity or (self.alive and self.prevented):
            return set()
        was, now = self.alive and self.triggers(self.status), self.triggers(status)
        removal = at.waiting(removal=True) or at.flying(removal=True)
        if was and not now:  # U6: equals undo, or removal from the queue
            codes = _busy(at, removal=False)
            return codes | ({"payment_undo_not_allowed"} if self._payment and at.linked and not removal else set())
        if was and now and edited and require_undo and not at.detached:  # Q14
            return {"undo_first"} if (at.linked and not removal) or at.flying(removal=False) else set()
        return set()

    def delete(self) -> set[str]:
        return self._known()

    def undo(self, at: Seen) -> set[str]:
        codes = self._document()
        if self._payment:
            return codes | {"payment_undo_not_allowed"}
        codes |= _busy(at, removal=False) | _busy(at, removal=True)
        if not at.linked:
            codes.add("not_synced")
        if at.waiting(removal=True) and not at.waiting(removal=False):
            codes.add("already_undone")
        return codes

    def prevent(self, at: Seen) -> set[str]:
        codes = self._document() | _busy(at, removal=False)
        if at.linked and not (at.waiting(removal=True) or at.flying(removal=True)):
            codes.add("undo_first")
        return codes | ({"delete_from_queue_first"} if at.waiting(removal=False) else set())

    def allow(self) -> set[str]:
        return self._document() | (set() if self.prevented else {"not_prevented"})

    def detach(self, at: Seen) -> set[str]:
        codes = self._known() | ({"not_a_transaction"} if self.entity else set())
        codes |= {"payment_undo_not_allowed"} if self._payment else set()
        codes |= _busy(at, removal=False) | _busy(at, removal=True) | (set() if at.linked else {"not_synced"})
        removal = at.waiting(removal=True)
        return codes | ({"to_be_deleted_irreversible"} if removal and removal.origin == "deleted" else set())

    def remove(self, at: Seen, psr: Psr) -> set[str]:
        if psr.busy:
            return psr.busy
        if not psr.removes:
            return set()
        if psr.origin != "undo":
            return {"to_be_deleted_irreversible"}
        return set() if self.prevented and not at.waiting(removal=False) else {"prevent_sync_first"}

    def reopens(self, at: Seen, psr: Psr) -> bool:
        """Whether its removal re-opens the document (Q10): nothing is in the books, or surely about to be there."""
        before = [each for each in at.requests if each.id < psr.id]
        return not self.entity and (before[-1].removes if before else not at.linked)

    def hold(self, psr: Psr) -> set[str]:
        return {"request_locked"} if psr.busy else set()

    def release(self, psr: Psr) -> set[str]:
        by_hand = psr.state == "unknown" and psr.error == "check_by_hand"
        return set() if psr.state == "held" or by_hand else {"not_held"}

    def proxy(self, at: Seen) -> set[str]:
        codes = self._known() | (set() if self.entity else {"not_an_entity"})
        codes |= {"record_deleted"} if self.deleted else set()
        codes |= _busy(at, removal=False) | _busy(at, removal=True)
        return codes | ({"proxy_on_synced_record"} if at.linked else set())

    def unproxy(self, at: Seen) -> set[str]:
        return self._known() | (set() if at.proxied else {"not_proxied"})

    @property
    def _payment(self) -> bool:
        return self.type == "payment"

    def _known(self) -> set[str]:
        return set() if self.exists else {"record_not_found"}

    def _document(self) -> set[str]:
        codes = self._known() | ({"not_a_transaction"} if self.entity else set())
        return codes | ({"record_deleted"} if self.deleted else set())


def _busy(at: Seen, *, removal: bool) -> set[str]:
    flying = at.flying(removal=removal)
    return flying.busy if flying else set()
