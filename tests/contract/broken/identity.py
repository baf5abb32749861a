"""Broken in what they say of the company and of themselves."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from hub_mock import MockAdapter

from hub.adapters import AdapterContext, Capabilities, Identity, Outcome, Request
from tests.contract.broken.making import breaks


@breaks("the_books_say_which_company_they_are", says="the identity has no id")
class Nameless(MockAdapter):
    def hub_check(self) -> Identity:
        return replace(super().hub_check(), id="")


@breaks("the_identity_never_changes", says="another instance tells another id")
class NewEachTime(MockAdapter):
    def hub_check(self) -> Identity:
        self.id = getattr(self, "id", uuid4().hex)
        return replace(super().hub_check(), id=self.id)


@breaks("other_books_have_another_identity", says="two companies have one id")
class OneForAll(MockAdapter):
    def hub_check(self) -> Identity:
        return replace(super().hub_check(), id="the company")


@breaks("the_closing_date_is_told_and_held", says="no plain date")
class ForgetsTheClosingDate(MockAdapter):
    def hub_check(self) -> Identity:
        return replace(super().hub_check(), closing_date=None)


@breaks("its_description_makes_sense", says="a call takes one request at least")
class TakesNothing(MockAdapter):
    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, batch_size=0)


@breaks("calls_may_overlap_as_claimed", says="the answer for .* names")
class OneDeskForAll(MockAdapter):
    """Puts the call at hand into an attribute, where the next thread overwrites it; the first call waits for that."""

    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self.calls = threading.Semaphore(0)

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        first, self.at_hand = not hasattr(self, "at_hand"), requests
        if first:
            self.calls.acquire(timeout=10)
        self.calls.release()
        return super()._write(self.at_hand)
