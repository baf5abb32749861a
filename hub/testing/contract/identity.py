"""Identity (X7, X8): an adapter says truly which company its books are, and up to when they are closed."""

from __future__ import annotations

from datetime import date, timedelta

from hub.adapters import Identity, Rejected
from hub.errors import ErrorClass
from hub.testing.contract.asking import needs
from hub.testing.contract.bench import Bench
from hub.testing.contract.subject import OTHERS


def check(adapter: object) -> Identity:
    """What `hub_check` answers."""
    answer = adapter.hub_check()  # type: ignore[attr-defined]
    assert isinstance(answer, Identity), f"hub_check answered with a {type(answer).__name__}"
    return answer


class IdentityRules:
    """`hub_check`."""

    def test_the_books_say_which_company_they_are(self, bench: Bench) -> None:
        """A job posts only into the company whose id was stored when the connection was made."""
        identity = check(bench.adapter)
        assert identity.id, "the identity has no id"
        assert identity.name, "a person is shown the name when connecting; it is empty"

    def test_the_identity_never_changes(self, bench: Bench) -> None:
        """Not by writing, and not when the hub is started anew."""
        before = check(bench.adapter).id
        bench.done(bench.create(bench.entity()))
        assert check(bench.adapter).id == before, "the id changed after a write"
        bench.reconnect()
        assert check(bench.adapter).id == before, "another instance tells another id"

    def test_other_books_have_another_identity(self, bench: Bench) -> None:
        """Or the hub could not tell that it was connected to the wrong company."""
        others = bench.subject.connect(OTHERS)
        assert check(others).id != check(bench.adapter).id, "two companies have one id"

    def test_the_closing_date_is_told_and_held(self, bench: Bench) -> None:
        """With it the hub sends nothing that the books would refuse for its date."""
        needs(bench.can.reports_closing_date, "it does not claim to report the closing date")
        type, day = bench.document(), bench.subject.now().date()
        request = bench.create(type, date=day.isoformat())
        bench.subject.close_period(day)
        bench.reconnect()
        told = check(bench.adapter).closing_date
        assert told.__class__ is date, f"the closing date is {told!r}, which is no plain date"
        assert told == day, f"the books are closed up to {day}, and the adapter says {told}"
        outcome = bench.refused(request)
        assert isinstance(outcome, Rejected), outcome
        assert outcome.fault.error is ErrorClass.PERIOD_CLOSED, f"refused as {outcome.fault.error}, not period_closed"
        assert bench.count(type) == 0, "a document stands in a closed period"
        bench.done(bench.create(type, date=(day + timedelta(days=1)).isoformat()))
