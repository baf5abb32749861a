"""Authorisation (J5): lost authorisation is told as that, from every hook; it is neither refusal nor emptiness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hub.adapters import Find, RemoteRef, Unauthorised
from hub.errors import AuthorisationLost, BooksProblem
from hub.testing.contract.asking import calls, needs, words
from hub.testing.contract.bench import Bench
from hub.testing.contract.subject import OURS, Trouble


class AuthorisationRules:
    """Books that do not let the hub in, and books that cannot be asked."""

    def test_a_write_without_authorisation_is_unauthorised_and_nothing_happens(self, bench: Bench) -> None:
        """So that the job stops, the connection pauses, and no attempt is counted."""
        for way in bench.ways(Trouble.UNAUTHORISED):
            for requests in calls(bench):
                before = bench.state(requests)
                with bench.trouble(Trouble.UNAUTHORISED, way):
                    outcomes = bench.push(*requests)
                for request, outcome in zip(requests, outcomes, strict=True):
                    assert isinstance(outcome, Unauthorised), (
                        f"{words(request)} without authorisation ({way}): {outcome}"
                    )
                assert bench.state(requests) == before, "something was carried out without authorisation"

    def test_every_reading_without_authorisation_says_so(self, bench: Bench) -> None:
        """An empty answer would mean: it is not there."""
        readings = _readings(bench)
        for way in bench.ways(Trouble.UNAUTHORISED):
            with bench.trouble(Trouble.UNAUTHORISED, way):
                for hook, arguments in readings.items():
                    with pytest.raises(AuthorisationLost):
                        _told(hook, getattr(bench.adapter, hook), arguments)

    def test_books_that_cannot_be_asked_do_not_answer_empty(self, bench: Bench) -> None:
        """An empty answer would mean: it is not there; and the hub would send it again."""
        readings = _readings(bench)
        for way in bench.ways(Trouble.UNREACHABLE):
            with bench.trouble(Trouble.UNREACHABLE, way):
                for hook, arguments in readings.items():
                    with pytest.raises(BooksProblem):
                        _told(hook, getattr(bench.adapter, hook), arguments)

    def test_fresh_credentials_open_the_books(self, bench: Bench) -> None:
        """What `hub_refresh_credentials` answers is stored, and used from then on."""
        needs(bench.offers("hub_refresh_credentials"), "its credentials are not refreshed")
        before = dict(bench.subject.context(OURS).credentials)
        fresh = bench.ask("hub_refresh_credentials", credentials=before)
        needs(fresh is not None, "its credentials are not refreshed here")
        assert fresh, "no credentials at all"
        texts = all(isinstance(key, str) and isinstance(value, str) for key, value in fresh.items())
        assert texts, "credentials are a mapping of texts"
        assert fresh != before, "the credentials are the old ones"
        renewed = bench.subject.adapter(replace(bench.context, credentials=fresh))
        assert renewed.hub_check().id


def _told(hook: str, call: Callable[..., Any], arguments: dict[str, Any]) -> None:
    answer = call(**arguments)
    raise AssertionError(f"{hook} answered {answer!r} instead of raising")


def _readings(bench: Bench) -> dict[str, dict[str, Any]]:
    """Every hook that reads, with arguments that find something."""
    request = bench.create(bench.entity())
    made = bench.done(request)
    day = bench.subject.now().date()
    wanted = [Find(type=request.type, posts_as=request.posts_as, marker=request.marker, name="x")]
    every: dict[str, dict[str, Any]] = {
        "hub_check": {},
        "hub_find": {"wanted": wanted},
        "hub_read": {"refs": [RemoteRef(type=request.type, remote_id=made.remote_id)]},
        "hub_changes": {"cursor": None, "limit": 10},
        "hub_documents": {"since": day, "until": day, "cursor": None, "limit": 10},
    }
    return {hook: arguments for hook, arguments in every.items() if bench.offers(hook)}
