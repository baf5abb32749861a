"""Plays actions on the hub and on the model at once, and compares refusals, queue, states and books after each."""

from __future__ import annotations

from collections import Counter
from typing import Any

from history_people import People
from history_world import Copy

from tests.stores import Store

LEASE = 60
Action = tuple[Any, ...]


class Died(BaseException):
    """The process ends here: nothing more is recorded, and the job keeps its lease."""


class Play(People):
    """One history. Whatever is wrong raises AssertionError."""

    def __init__(self, store: Store, *, policy: dict[str, Any], settings: dict[str, Any], numbers: bool) -> None:
        super().__init__(store, self._reach, policy=policy, settings=settings, numbers=numbers)
        self.interruptions: list[tuple[str, int, Action]] = []
        self.passed: Counter[str] = Counter()
        self.log: list[str] = []

    # --- one action, by anybody ---

    def act(self, action: Action) -> None:
        """Carry an action out, expecting what the model says."""
        self.log.append(repr(action))
        flying = self._flying()
        getattr(self, f"_{action[0]}")(*action[1:])
        if action[0] not in ("zombie", "sync", "work"):
            gone = flying - self._flying(waiting=True)
            by_person = action[0] in ("link", "release")
            assert by_person or not gone, f"{action} made a locked request vanish: {gone}"
        self.check()

    def _flying(self, *, waiting: bool = False) -> set[int]:
        states = "'locked', 'unknown'" + (", 'waiting', 'held'" if waiting else "")
        return {id for (id,) in self.world.rows(f"SELECT id FROM requests WHERE state IN ({states})")}

    # --- jobs ---

    def job(self, interruptions: list[tuple[str, int, Action]], *, other: bool = False) -> None:
        """A sync, in which other things may happen at named points."""
        hub = self.world.other() if other else self.world.hub
        unfinished = self.world.unfinished()
        self.log.append(f"job{' elsewhere' if other else ''} {interruptions}")
        self.interruptions, self.passed, self._in_job = list(interruptions), Counter(), True
        try:
            if unfinished and not unfinished[1]:
                self._expect({"job_unfinished"}, hub.sync, self.world.connection)
            else:
                job = hub.sync(self.world.connection)
                self.log.append(f"  -> {job['state']} {job['totals']} {job['message'] or ''}")
        except Died:
            self.log.append("  -> died")
        finally:
            self.interruptions, self._in_job = [], False
        if not self.world.unfinished():
            locked = self.world.rows("SELECT id FROM requests WHERE state = 'locked'")
            assert not locked, f"no job runs, yet requests are locked: {locked}"
        self.check()
        self.check_books()

    def _reach(self, point: str) -> None:
        self.passed[point] += 1
        for at, (where, nth, action) in enumerate(self.interruptions):
            if where == point and nth == self.passed[point]:
                rest, self.interruptions = self.interruptions[at + 1 :], []
                self.log.append(f"  at {point}:{nth}")
                if action[0] == "die":
                    raise Died
                self.act(action)
                self.interruptions = rest
                return

    def _cancel(self) -> None:
        unfinished = self.world.unfinished()
        if unfinished:
            self.world.hub.cancel(unfinished[0])

    def _zombie(self) -> None:
        """This process stands still until another one has taken the job over and ended it; then it goes on."""
        self.world.clock.sleep(LEASE + 1)
        self.world.other().work()

    # --- what must hold at any time ---

    def check(self) -> None:
        """The queue's rules, after every step."""
        for thing in self.things.values():
            if not thing.exists:
                continue
            at = self.world.seen(thing.type, thing.id)
            status, prevented, deleted = self.world.flags(thing.type, thing.id)
            who = f"{thing.type} {thing.id}: {at}"
            assert (prevented, deleted) == (thing.prevented, thing.deleted), who
            assert thing.entity or status == thing.status, who
            for removal in (False, True):
                assert sum(each.waits and each.removes is removal for each in at.requests) <= 1, f"two wait: {who}"
                assert sum(not each.waits and each.removes is removal for each in at.requests) <= 1, f"two fly: {who}"
            write, removal_psr = at.waiting(removal=False), at.waiting(removal=True)
            if write and removal_psr:
                assert removal_psr.id < write.id, f"create before delete: {who}"
            if not thing.wanted and not thing.proxied:
                assert not write, f"a write waits that nobody wants: {who}"
                if at.linked and not thing.meddled:
                    assert any(each.removes for each in at.requests) or thing.given_up, f"never removed: {who}"
            elif thing.wanted and not (thing.given_up or thing.gone or at.linked):
                assert any(not each.removes for each in at.requests), f"forgotten: {who}"
            if thing.proxied:
                assert not at.requests, f"a proxied record is queued: {who}"

    def check_books(self) -> list[Copy]:
        """Never twice: at most one live copy of each record, read from the books."""
        copies = self.world.in_books()
        live = Counter((each.type, each.whose) for each in copies if each.active and each.whose)
        twice = {key: count for key, count in live.items() if count > 1}
        assert not twice, f"posted twice: {twice}: {[each for each in copies if (each.type, each.whose) in twice]}"
        return copies
