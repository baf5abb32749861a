"""Broken in what they say of the company and of themselves."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from hub_mock import MockAdapter

from hub.adapters import Capabilities, Identity, Outcome, Request
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
    """Puts the call at hand into an attribute, where the next thread overwrites it."""

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        self.at_hand = requests
        time.sleep(0.02)
        return super()._write(self.at_hand)
