"""Broken where the outcome is unknown, where the books ask to wait, and where they do not let the hub in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from uuid import uuid4

from hub_mock import MockAdapter

from hub.adapters import Applied, Capabilities, Find, Outcome, RemoteObject, Request, Unknown, Waiting
from hub.errors import AuthorisationLost, BooksProblem
from hub.model import Operation, dump_record
from tests.contract.broken.making import Writing, breaks, refused

Found = list[tuple[RemoteObject, ...]]


@breaks("a_lost_reply_is_unknown", says="its reply lost .*Rejected")
class CallsATimeoutARefusal(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        return refused("timeout") if isinstance(outcome, Unknown) else outcome


@breaks("a_lost_reply_is_unknown", says="its reply lost .*Waiting")
class CallsATimeoutABreak(Writing):
    """A lost reply means to it that the books are busy, and nothing was done."""

    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        later = self._context.now() + timedelta(minutes=1)
        return Waiting(until=later, reason="The books are busy.") if isinstance(outcome, Unknown) else outcome


@breaks("a_lost_request_is_never_called_done_or_refused", says="lost .*Applied")
class HopesForTheBest(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        return Applied(remote_id="surely") if isinstance(outcome, Unknown) else outcome


@breaks("what_went_wrong_midway_is_not_said_of_what_went_well", says="create customer was done .*Unauthorised")
class GivesUpOnAll(MockAdapter):
    """Sends one after the other, and lets the loss of authorisation at the second speak for the first."""

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        return [outcome for request in requests for outcome in super(GivesUpOnAll, self)._write([request])]


@breaks("what_was_done_without_a_reply_is_found_by_the_hub", says="took effect without a reply .* the hub says absent")
class LeavesNoMarker(Writing):
    def sent(self, request: Request) -> Request:
        return replace(request, marker="")


@breaks("the_same_key_again_makes_no_second_object", says="the same key was carried out twice")
class KeysOfItsOwn(Writing):
    def sent(self, request: Request) -> Request:
        return replace(request, key=uuid4().hex)


@breaks("the_same_key_again_makes_no_second_object", says="the same key was carried out twice")
class OneKeyForTheCall(MockAdapter):
    """Makes one key of those of all requests in a call; in other company the same request has another one."""

    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        whole = blake2b("".join(request.key for request in requests).encode(), digest_size=14).hexdigest()
        return super()._write([replace(request, key=f"{whole}{at:04}") for at, request in enumerate(requests)])


@breaks("the_same_key_again_repeats_no_change", says="the same update under the same key: Conflict")
class KeysForCreatesOnly(Writing):
    def sent(self, request: Request) -> Request:
        return request if request.operation is Operation.CREATE else replace(request, key=uuid4().hex)


@breaks("a_key_is_remembered_as_long_as_claimed", says="the key was forgotten before its time")
class ClaimsALongMemory(MockAdapter):
    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, key_memory=86_400)


@breaks("another_key_is_another_request", says="two requests were answered with one object")
class TellsThemApartByContent(Writing):
    def sent(self, request: Request) -> Request:
        digest = blake2b(dump_record(request.record).encode(), digest_size=16).hexdigest()
        return replace(request, key=digest, marker="", source_id="")


@breaks("nothing_is_sent_after_the_deadline", says="after its deadline: Applied")
class NeverTooLate(Writing):
    def sent(self, request: Request) -> Request:
        return replace(request, deadline=request.deadline + timedelta(hours=1))


@breaks("throttled_requests_wait_and_nothing_happens", says="asked to wait .*Rejected")
class CallsThrottlingARefusal(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        return refused("throttled") if isinstance(outcome, Waiting) else outcome


@breaks("throttled_requests_wait_and_nothing_happens", says="asked at .*, and to try again at")
class WaitsForThePast(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        return replace(outcome, until=self._context.now()) if isinstance(outcome, Waiting) else outcome


@breaks("a_throttled_request_is_welcome_later", says="create ship doc: Rejected")
class HoldsAGrudge(Writing):
    """Remembers the keys it has sent, and never sends one again."""

    used: set[str] = set()  # noqa: RUF012 - on purpose: it survives the instance

    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        before, _ = request.key in self.used, self.used.add(request.key)
        return refused("key_used") if before else outcome


@breaks("no_call_waits_past_its_deadline", says="after its deadline")
class Patient(Writing):
    def answered(self, request: Request, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Waiting):
            self._context.sleep(60)
        return outcome


@breaks("a_write_without_authorisation_is_unauthorised_and_nothing_happens", says="without authorisation .*Rejected")
class CallsItARefusal(MockAdapter):
    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        try:
            return super()._write(requests)
        except AuthorisationLost:
            return [refused("401") for _ in requests]


@breaks("every_reading_without_authorisation_says_so", says="hub_find answered")
class FindsNothingWithoutAuthorisation(MockAdapter):
    def hub_find(self, wanted: Sequence[Find]) -> Found:
        try:
            return super().hub_find(wanted)
        except AuthorisationLost:
            return [() for _ in wanted]


@breaks("books_that_cannot_be_asked_do_not_answer_empty", says="hub_find answered")
class FindsNothingInAStorm(MockAdapter):
    def hub_find(self, wanted: Sequence[Find]) -> Found:
        try:
            return super().hub_find(wanted)
        except BooksProblem as fault:
            if isinstance(fault, AuthorisationLost):
                raise
            return [() for _ in wanted]


@breaks("fresh_credentials_open_the_books", says="the credentials are the old ones")
class KeepsTheOldOnes(MockAdapter):
    def hub_refresh_credentials(self, credentials: Mapping[str, str]) -> Mapping[str, str] | None:
        return dict(credentials)
