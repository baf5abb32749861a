"""The dice: what may happen in a history, loaded so that rare things happen."""

from __future__ import annotations

from typing import Any, ClassVar

from history_play import Play
from history_source import RECORDS
from history_verdict import judge, settle
from history_world import FREE
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.stores import Store

NAMES = ("Ada", "Bo", " ADA ")
ENTITIES = [key for key in RECORDS if key[0] in FREE]
DOCUMENTS = [key for key in RECORDS if key[0] not in FREE]
OUTSIDE = ("after-lock", "after-intent-commit", "before-send", "after-send", "after-reply", "before-export-end",
           "after-import-page")  # fmt: skip
INSIDE = ("before-intent-commit", "inside-outcome-commit", "inside-import-commit")
FAULTS = ("refuse", "throttle", "drop-before-commit", "drop-after-commit", "drop-after-commit", "slow", "stale",
          "closed", "unauthorised")  # fmt: skip


def _one(*choices: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(choices)


_names = _one(*NAMES)
_entity = _one(*ENTITIES)
_ship_doc = _one(("ship_doc", "S1"), ("ship_doc", "S1"), ("ship_doc", "S2"))
_document = st.one_of(_ship_doc, _ship_doc, st.just(("payment", "P1")))
_record = st.one_of(_entity, _document)
_statuses = {"ship_doc": ("processing", "shipped", "shipped", "closed"), "payment": ("entered", "recorded", "recorded")}


@st.composite
def puts(draw: st.DrawFn) -> tuple[Any, ...]:
    """A save by the source."""
    type, id = draw(_record)
    edits: dict[str, Any] = {}
    if type in FREE:
        for field in draw(st.sets(_one("name", *FREE[type], FREE[type][0]), min_size=1, max_size=2)):
            edits[field] = draw(_names) if field == "name" else True
        if draw(st.integers(0, 9)) == 0:
            edits["active"] = True
    else:
        what = draw(_one("content", "status", "both", "both"))
        if what != "status":
            edits["content"] = True
        if what != "content":
            edits["status"] = draw(_one(*_statuses[type]))
        if draw(st.integers(0, 7)) == 0:
            edits["fully_recorded"] = draw(st.booleans())
        if draw(st.integers(0, 7)) == 0:
            edits["customer"] = draw(_one("C1", "C2"))
    return ("put", type, id, edits)


_which = _one("write", "write", "removal")
decisions = st.one_of(
    st.builds(lambda verb, key: (verb, *key), _one("undo", "prevent", "allow", "detach", "undo", "prevent"), _document),
    st.builds(lambda verb, key, it: (verb, *key, it), _one("remove", "remove", "hold", "release"), _record, _which),
    st.builds(lambda key: ("delete", *key), _record),
)
about_names = st.one_of(
    st.builds(lambda key, name: ("proxy", *key, name), _entity, _names),
    st.builds(lambda key: ("unproxy", *key), _entity),
    st.builds(lambda key, name, keep: ("link", *key, name, keep), _entity, _names, _one("source", "books")),
    st.builds(lambda type, name: ("bk_add", type, name), _one("customer", "vendor", "item"), _names),
)
bookkeeping = st.one_of(
    st.builds(lambda key, at: ("bk_edit", *key, FREE[key[0]][at], None), _entity, _one(0, 0, 1)),
    st.builds(lambda key, name: ("bk_edit", *key, "name", name), _entity, _names),
    st.builds(lambda key: ("bk_edit", *key, "reference", None), _ship_doc),
    st.builds(lambda key: ("bk_delete", *key), _record),
    st.builds(lambda key: ("bk_pay", *key), _ship_doc),
)
actions = st.one_of(puts(), puts(), puts(), decisions, decisions, bookkeeping, about_names)
faults = st.builds(
    lambda name, on, times: ("fault", name, on, times),
    _one(*FAULTS), _one("any", "any", "create", "update", "delete"), _one(1, 1, 2, 6),
)  # fmt: skip
meanwhile = st.one_of(actions, actions, st.just(("cancel",)), st.just(("zombie",)), st.just(("die",)), faults)
interruptions = st.one_of(
    st.tuples(_one(*OUTSIDE), _one(1, 1, 2), meanwhile), st.tuples(_one(*INSIDE), _one(1, 2), st.just(("die",)))
)


class Histories(RuleBasedStateMachine):
    """A source, its people, the books' people, jobs, faults and the clock, in any order."""

    store: ClassVar[Store]

    def __init__(self) -> None:
        super().__init__()
        self.play: Play | None = None

    @initialize(
        settings=st.fixed_dictionaries({
            "key_memory": _one(600, 600, 0), "settle": _one(0, 0, 30), "batch_size": _one(50, 2, 1),
            "markers": _one(True, True, True, False), "concurrency": st.just(1),
        }),
        winner=_one("source", "source", "books", "ask"), on_edit=_one("update", "update", "require_undo"),
        numbers=st.booleans(), begun=_one(True, True, False),
    )  # fmt: skip
    def begin(self, settings: dict[str, Any], winner: str, on_edit: str, numbers: bool, begun: bool) -> None:
        """Different books, different policies; most histories begin with some records in the books already."""
        policy: dict[str, Any] = {} if winner == "source" else {"conflicts": winner}
        if on_edit != "update":
            policy["ship_doc"] = {"on_edit": on_edit}
        self.play = Play(self.store, policy=policy, settings=settings, numbers=numbers)
        if begun:
            for type, id in (("customer", "C1"), ("item", "I1")):
                self.play.act(("put", type, id, {"phone": True, "sku": True}))
            for id in ("S1", "S2"):
                self.play.act(("put", "ship_doc", id, {"content": True, "status": "shipped"}))
            self.play.job([])

    @rule(action=puts())
    def source(self, action: Any) -> None:
        """The source saves."""
        self.play.act(action)

    @rule(action=puts(), again=puts())
    def source_twice(self, action: Any, again: Any) -> None:
        """The source saves and saves."""
        self.play.act(action)
        self.play.act(again)

    @rule(action=decisions)
    def person(self, action: Any) -> None:
        """Somebody decides something."""
        self.play.act(action)

    @rule(action=st.one_of(about_names, bookkeeping))
    def books(self, action: Any) -> None:
        """The books' people, and names."""
        self.play.act(action)

    @rule(action=st.one_of(faults, st.just(("clear",)), st.builds(lambda s: ("time", s), _one(1, 61, 700))))
    def weather(self, action: Any) -> None:
        """Faults and time."""
        self.play.act(action)

    @rule(other=st.booleans())
    def job(self, other: bool) -> None:
        """A whole job."""
        self.play.job([], other=other)

    @rule(times=st.lists(interruptions, min_size=1, max_size=3))
    def interrupted_job(self, times: Any) -> None:
        """A job in the middle of which other things happen."""
        self.play.job(times)

    @rule(on=_one("create", "update", "delete", "any"), action=st.one_of(puts(), decisions), again=meanwhile)
    def lost_reply(self, on: str, action: Any, again: Any) -> None:
        """The books took it and the reply is lost; before the next job something changes."""
        self.play.act(action)
        self.play.act(("fault", "drop-after-commit", on, 9))
        self.play.job([("before-export-end", 1, ("cancel",))])
        self.play.act(("clear",))
        if again[0] not in ("die", "zombie", "cancel"):
            self.play.act(again)

    @rule(point=_one(*OUTSIDE, *INSIDE), action=actions, wait=st.booleans())
    def death(self, point: str, action: Any, wait: bool) -> None:
        """A job's process dies; something changes; another process takes over, at its time."""
        self.play.job([(point, 1, ("die",))])
        self.play.act(action)
        if wait:
            self.play.act(("time", 61))
            self.play.job([], other=True)

    @rule(key=_ship_doc, then=_one("prevent", "close", "edit"))
    def undo_and(self, key: Any, then: str) -> None:
        """An undo, and what people do after one."""
        self.play.act(("undo", *key))
        follow = {"prevent": ("prevent", *key), "close": ("put", *key, {"status": "closed"}),
                  "edit": ("put", *key, {"content": True, "status": "shipped"})}  # fmt: skip
        self.play.act(follow[then])

    def teardown(self) -> None:
        """The verdict."""
        if self.play is None:
            return
        try:
            settle(self.play)
            judge(self.play)
        except AssertionError as fault:
            fault.add_note("\n".join(self.play.log))
            raise
        finally:
            self.play.world.close()
