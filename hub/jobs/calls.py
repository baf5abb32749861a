"""The calls to the books, made in the pool's threads: whatever happens there, each request gets a verdict."""

from __future__ import annotations

from datetime import timedelta

from hub.adapters import Relay, Unauthorised, Unknown
from hub.errors import AuthorisationLost
from hub.jobs.recover import search
from hub.jobs.verdicts import Result, Sent, Verdict, verdict
from hub.queue import Core


class Calls:
    """Talks to one connection's books, and writes nothing."""

    def __init__(self, core: Core, relay: Relay) -> None:
        self._core, self._relay = core, relay

    def push(self, batch: list[Sent]) -> list[Result]:
        if self._core.now() >= batch[0].request.deadline:
            late = Verdict(outcome="waiting", until=self._core.now(), message="the call came too late to be made")
            return [(sent, late) for sent in batch]
        self._core.reach("before-send")
        try:
            outcomes = self._relay.push([sent.request for sent in batch])
        except AuthorisationLost as fault:
            outcomes = [Unauthorised(message=fault.message, token=fault.token)] * len(batch)
        except Exception as fault:
            outcomes = [Unknown(message=f"{type(fault).__name__}: {fault}")] * len(batch)
        self._core.reach("after-send")
        return self._beyond_doubt([(sent, verdict(outcome)) for sent, outcome in zip(batch, outcomes, strict=True)])

    def _beyond_doubt(self, results: list[Result]) -> list[Result]:
        """A refusal of a resend says nothing about the first sending: what became of that is looked up first (X3)."""
        refused = [sent for sent, found in results if found.outcome in ("rejected", "conflict") and not sent.first_use]
        if not refused:
            return results
        looked_up = {sent.row.id: found for sent, found in self.search(refused)}
        settle = timedelta(seconds=self._relay.capabilities.settle)
        sure = []
        for sent, found in results:
            seen = looked_up.get(sent.row.id, found)
            if seen.outcome == "absent" and self._core.now() < sent.row.last_sent + settle:
                seen = Verdict(outcome="unknown", message="a resend was refused, and the first may still take effect")
            sure.append((sent, found if seen.outcome == "absent" else seen))
        return sure

    def search(self, batch: list[Sent]) -> list[Result]:
        try:
            return list(zip(batch, search(self._relay, batch), strict=True))
        except AuthorisationLost as fault:
            verdicts = Verdict(outcome="unauthorised", message=fault.message)
        except Exception as fault:
            verdicts = Verdict(outcome="unknown", message=f"the search failed: {fault}")
        return [(sent, verdicts) for sent in batch]
