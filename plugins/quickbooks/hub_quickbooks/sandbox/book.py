"""One company's books during one call: reads see its own changes, and each item of a batch stands or falls alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hub_quickbooks.sandbox import clock, wire
from hub_quickbooks.sandbox.kinds import KINDS
from hub_quickbooks.sandbox.refusals import Refusal
from hub_quickbooks.sandbox.settings import Settings
from hub_quickbooks.sandbox.store import Store, Thing

_NONE = object()
Event = tuple[str, int, str]
"""Entity, id, and what befell it: Create, Update, Delete, Void, Merge."""


def fold(name: str) -> str:
    """How names are compared: without case (facts §3)."""
    return name.casefold()


class Book:
    """Gathers the changes of one call; `flush` writes them."""

    def __init__(self, store: Store, realm: str, now: float, settings: Settings) -> None:
        self.store = store
        self.realm = realm
        self.now = now
        self.second = int(now)
        self.settings = settings
        self.duplicate_numbers = False
        """Whether this call asked for `include=allowduplicatedocnum`."""
        self.events: list[Event] = []
        self._things: dict[tuple[str, int], Thing] = {}
        self._names: dict[tuple[str, str], tuple[str, int] | None] = {}
        self._counters: dict[str, int] = {}
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []
        self._preferences: dict[str, Any] | None = None

    # ----------------------------------------------------------------------------------------------------- objects

    def get(self, kind: str, id: int) -> Thing | None:
        """The object, unless there is none or it was deleted."""
        found = self._things.get((kind, id)) or self.store.get(self.realm, kind, id)
        return None if found is None or found.deleted else found

    def put(self, kind: str, id: int, body: dict[str, Any], old: Thing | None, event: str, bump: bool = True) -> Thing:
        """Keep a new body; `bump` off changes what is shown without a new SyncToken (an item's quantity)."""
        token = 0 if old is None else old.token + bump
        created = self.second if old is None else old.created
        head = {
            "domain": "QBO",
            "sparse": False,
            "Id": str(id),
            "SyncToken": str(token),
            "MetaData": {"CreateTime": clock.stamp(created), "LastUpdatedTime": clock.stamp(self.second)},
        }
        new = {**head, **{name: value for name, value in body.items() if name not in head}}
        info = KINDS[kind]
        name = new.get(info.name_field) if info.name_field else None
        number = new.get("DocNumber")
        active = new.get("Active", True)
        one = Thing(
            kind, id, token, active, False, created, self.second, self.next("seq"),
            None if name is None else fold(name), None if number is None else fold(number), new,
        )  # fmt: skip
        self._set(self._things, (kind, id), one)
        self.events.append((kind, id, event))
        return one

    def bury(self, old: Thing, event: str = "Delete") -> None:
        """Delete an object: change data capture still tells of it, nothing else does."""
        body = {
            "domain": "QBO",
            "status": "Deleted",
            "Id": str(old.id),
            "MetaData": {"CreateTime": clock.stamp(old.created), "LastUpdatedTime": clock.stamp(self.second)},
        }
        seq = self.next("seq")
        gone = Thing(old.kind, old.id, old.token + 1, False, True, old.created, self.second, seq, None, None, body)
        self._set(self._things, (old.kind, old.id), gone)
        self.events.append((old.kind, old.id, event))

    def numbered(self, kind: str, number: str) -> list[Thing]:
        """The documents of one entity that carry a number."""
        folded = fold(number)
        stored = self.store.rows(
            "SELECT id FROM objects WHERE realm = ? AND kind = ? AND number = ?", self.realm, kind, folded
        )
        ids = {id for (id,) in stored}
        ids |= {id for (name, id), one in self._things.items() if name == kind and one.number == folded}
        found = (self.get(kind, id) for id in sorted(ids))
        return [one for one in found if one is not None and one.number == folded]

    def children(self, kind: str, id: int) -> list[Thing]:
        """The objects whose parent is this one."""
        value = str(id)
        where = "deleted = 0 AND json_extract(body, '$.ParentRef.value') = ?"
        ids = {one.id for one in self.store.select(self.realm, kind, where, (value,))}
        ids |= {key for (name, key), _ in self._things.items() if name == kind}
        found = (self.get(kind, key) for key in sorted(ids))
        return [one for one in found if one and one.body.get("ParentRef", {}).get("value") == value]

    # ------------------------------------------------------------------------------------------------------- names

    def holder(self, space: str, name: str) -> tuple[str, int] | None:
        """Who bears a name, as (entity, id)."""
        key = (space, fold(name))
        if key not in self._names:
            rows = self.store.rows(
                "SELECT kind, id FROM names WHERE realm = ? AND space = ? AND name = ?", self.realm, *key
            )
            return (rows[0][0], rows[0][1]) if rows else None
        return self._names[key]

    def rename(self, space: str, kind: str, id: int, old: str | None, new: str) -> None:
        """Give up the old name for the new one; Refusal 6240 when another bears it."""
        holder = self.holder(space, new)
        if holder is not None and holder != (kind, id):
            raise Refusal(6240, f"The name supplied already exists. : Id={holder[1]}")
        if old is not None and fold(old) != fold(new):
            self._set(self._names, (space, fold(old)), None)
        self._set(self._names, (space, fold(new)), (kind, id))

    def release(self, space: str, name: str) -> None:
        """Give up a name."""
        self._set(self._names, (space, fold(name)), None)

    # ---------------------------------------------------------------------------------------------------- counters

    def next(self, name: str) -> int:
        """The next number of a sequence; never given twice, also when what asked for it came to nothing."""
        value = self.counter(name) + 1
        self._counters[name] = value
        return value

    def counter(self, name: str) -> int:
        """The last number of a sequence that was given."""
        if name not in self._counters:
            rows = self.store.rows("SELECT value FROM counters WHERE realm = ? AND name = ?", self.realm, name)
            self._counters[name] = rows[0][0] if rows else 0
        return self._counters[name]

    def advance(self, name: str, value: int) -> None:
        """Let a sequence go on after this number."""
        if value > self.counter(name):
            self._counters[name] = value

    # ------------------------------------------------------------------------------------------------- the company

    @property
    def preferences(self) -> dict[str, Any]:
        """The company's preferences; do not change them."""
        if self._preferences is None:
            rows = self.store.rows("SELECT preferences FROM companies WHERE realm = ?", self.realm)
            self._preferences = wire.loads(rows[0][0])
        return self._preferences

    def set_preferences(self, preferences: dict[str, Any]) -> None:
        """Write them at once; only a call of its own does so."""
        self._preferences = preferences
        self.store.rows("UPDATE companies SET preferences = ? WHERE realm = ?", wire.encode(preferences), self.realm)

    # ---------------------------------------------------------------------------------------------------- together

    @contextmanager
    def item(self) -> Iterator[None]:
        """What happens inside is taken back when it ends in an error."""
        self._undo.clear()
        events = len(self.events)
        try:
            yield
        except BaseException:
            for where, key, before in reversed(self._undo):
                if before is _NONE:
                    del where[key]
                else:
                    where[key] = before
            del self.events[events:]
            raise

    def flush(self) -> None:
        """Write everything that changed; inside the store's transaction."""
        self.store.save(self.realm, self._things.values())
        given = [(self.realm, *key, *holder) for key, holder in self._names.items() if holder is not None]
        taken = [(self.realm, *key) for key, holder in self._names.items() if holder is None]
        db = self.store.db
        db.executemany("DELETE FROM names WHERE realm = ? AND space = ? AND name = ?", taken)
        db.executemany("INSERT OR REPLACE INTO names VALUES (?,?,?,?,?)", given)
        counters = [(self.realm, *pair) for pair in self._counters.items()]
        db.executemany("INSERT OR REPLACE INTO counters VALUES (?,?,?)", counters)

    def _set(self, where: dict[Any, Any], key: Any, value: Any) -> None:
        self._undo.append((where, key, where.get(key, _NONE)))
        where[key] = value
