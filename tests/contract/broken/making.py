"""How an adapter is broken: the mock adapter with one fault, the rule that must catch it, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub_mock import MockAdapter

from hub.adapters import Fault, Outcome, Rejected, Request
from hub.errors import ErrorClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One broken adapter."""

    rule: str
    says: str
    adapter: type[MockAdapter]

    def __str__(self) -> str:
        return f"{self.rule.removeprefix('test_')}-{self.adapter.__name__}"


BROKEN: list[Broken] = []


def breaks(rule: str, *, says: str) -> Callable[[type[MockAdapter]], type[MockAdapter]]:
    """Enter an adapter as one that breaks this rule, which is to say so in words that match."""

    def enter(adapter: type[MockAdapter]) -> type[MockAdapter]:
        BROKEN.append(Broken(rule=f"test_{rule}", says=says, adapter=adapter))
        return adapter

    return enter


class Writing(MockAdapter):
    """Broken where it writes: in what goes in, or in what comes out. All four verbs pass here."""

    def sent(self, request: Request) -> Request:
        """What is sent in place of a request."""
        return request

    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        """What is answered in place of the outcome."""
        return outcome

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        outcomes = super()._write([self.sent(request) for request in requests])
        return [self.answered(*each) for each in zip(requests, outcomes, strict=True)]


def refused(code: str = "broken", fix: str = "Mend it.") -> Rejected:
    """A refusal."""
    return Rejected(fault=Fault(error=ErrorClass.VALIDATION, code=code, message="The books refuse it.", fix=fix))
