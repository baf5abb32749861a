"""What the source does in a history: it saves and deletes, and the model remembers what must come of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from history_model import DEFAULT, Seen, Thing
from history_world import FIELDS, FREE, IDENTITY, World

from hub.errors import HubError
from tests.stores import Store

RECORDS = (
    ("customer", "C1"), ("customer", "C2"), ("vendor", "V1"), ("item", "I1"),
    ("ship_doc", "S1"), ("ship_doc", "S2"), ("payment", "P1"),
)  # fmt: skip


class Source:
    """The world, the model's memory of each record, and the source's own actions."""

    def __init__(
        self, store: Store, reach: Callable[[str], None], *, policy: dict[str, Any], settings: dict[str, Any],
        numbers: bool,
    ) -> None:  # fmt: skip
        self.world = World(store, reach, policy, settings)
        self.policy, self.settings, self.numbers = policy, settings, numbers
        self.things = {(type, id): Thing(type, id) for type, id in RECORDS}
        self._versions = itertools.count(1)
        self._in_job = False

    def _expect(self, codes: set[str], call: Any, *args: Any, **more: Any) -> bool:
        """Call the hub; whether it did as told. It refuses exactly when the model says so, with one of its codes."""
        refused = None
        try:
            call(*args, **more)
        except HubError as fault:
            refused = fault
        if refused is None:
            assert not codes, f"not refused, expected {codes}"
            return True
        assert refused.code in codes, f"refused {refused.code} ({refused.message}), expected {codes or 'no refusal'}"
        return False

    def _save(self, type: str, id: str, data: dict[str, Any]) -> None:
        (saved,) = self.world.hub.put_many(self.world.company, [{**data, "type": type, "source_id": id}])
        if saved.error:
            raise saved.error

    def _put(self, type: str, id: str, edits: dict[str, Any]) -> None:
        thing, at = self.things[type, id], self.world.seen(type, id)
        if thing.entity:
            self._put_entity(thing, at, edits)
        else:
            self._put_document(thing, at, edits)

    def _put_entity(self, thing: Thing, at: Seen, edits: dict[str, Any]) -> None:
        before = self.world.data(thing.type, thing.id) if thing.exists else {"name": f"Name {thing.id}", "active": True}
        if thing.type == "item":
            before.setdefault("unit_price", "10.00")
        new = {field: f"v{next(self._versions)}" for field in edits if field in FREE[thing.type]}
        new |= {"name": edits["name"].strip()} if "name" in edits else {}
        new |= {"active": True} if "active" in edits else {}
        data = {**before, IDENTITY[thing.type]: thing.id, **new}
        changed = not thing.alive or data != before
        self._expect(thing.put(at, None, edited=changed, require_undo=False), self._save, thing.type, thing.id, data)
        if not at.requests and not self._in_job:
            thing.unsent = set()  # both sides agreed before this save
        for field in FIELDS[thing.type]:
            value = data.get(field)
            if not thing.alive or data.get(field) != before.get(field):
                thing.legal[field] = {value} | self._contested(at, field)
                thing.unsent.add(field)
            elif thing.given_up or thing.gone or thing.meddled:
                thing.legal.setdefault(field, set()).add(value)
        if changed:
            thing.given_up = thing.gone = thing.meddled = False
        thing.exists, thing.deleted = True, False
        if changed and not thing.proxied:
            assert self.world.seen(thing.type, thing.id).waiting(removal=False), "an edit was not queued"

    def _contested(self, at: Seen, field: str) -> set[Any]:
        """What the books hold, where the policy lets that win over what the source has changed (C5)."""
        if self.policy.get("conflicts", "source") == "source":
            return set()
        return {each.data.get(field) for each in self.world.in_books() if each.remote_id == at.remote_id}

    def _put_document(self, thing: Thing, at: Seen, edits: dict[str, Any]) -> None:
        new = dict(edits)
        status = new.pop("status", thing.status if thing.alive else DEFAULT[thing.type])
        if not thing.data or "content" in new:
            new["memo"] = f"{thing.id} v{next(self._versions)}"
        new.pop("content", None)
        data = {**self._blank(thing), **thing.data, **new, "status": status}
        same = {**thing.data, "status": thing.status} == data
        edited = any(thing.data.get(field) != data[field] for field in data.keys() - {"status", "fully_recorded"})
        strict = self.policy.get(thing.type, {}).get("on_edit") == "require_undo"
        codes = set() if same and thing.alive else thing.put(at, status, edited=edited, require_undo=strict)
        if not self._expect(codes, self._save, thing.type, thing.id, data):
            return
        was = thing.wanted
        thing.prevented = thing.prevented and thing.alive
        thing.exists, thing.deleted, thing.status, thing.data = True, False, status, data
        if (edited and thing.wanted) or not was:
            thing.given_up = False
        if thing.wanted and (edited or not was):
            thing.kept = thing.meddled = False
            assert self.world.seen(thing.type, thing.id).waiting(removal=False), "an edit was not queued"

    def _blank(self, thing: Thing) -> dict[str, Any]:
        data: dict[str, Any] = {"date": "2026-01-04", "customer": "C1", "fully_recorded": True}
        if self.numbers:
            data["number"] = thing.id
        if thing.type == "payment":
            applied = [{"type": "ship_doc", "source_id": "S1", "amount": "10.00"}]
            return {**data, "amount": "10.00", "applied_to": applied}
        return {**data, "lines": [{"item": "I1", "quantity": "2", "unit_price": "10.00"}]}

    def _delete(self, type: str, id: str) -> None:
        thing, at = self.things[type, id], self.world.seen(type, id)
        if not self._expect(thing.delete(), self.world.hub.delete, self.world.company, type, id):
            return
        if not thing.deleted:
            thing.deleted, thing.proxied, thing.given_up = True, False, False
            thing.meddled = thing.meddled and at.linked
            thing.legal, thing.unsent = {}, set()
