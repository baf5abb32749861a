"""Paging (J7, V1): every change and every document comes at least once, a page at a time, from any cursor on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hub.testing.contract.asking import needs, total_of
from hub.testing.contract.bench import Bench

LIMIT = 3
MANY = 8
OVERLAP = 86_400.0
"""So long ago, in seconds, nothing changed that would have to come again."""


class PagingRules:
    """`hub_changes` and `hub_documents`."""

    def test_changes_come_completely_page_by_page(self, bench: Bench) -> None:
        """Each at its latest version, and no page larger than was asked for."""
        type = bench.entity()
        needs(bench.can.imports(type), "its entities do not come back")
        made = {bench.done(bench.create(type)).remote_id for _ in range(MANY)}
        met = set()
        for page in bench.pages("hub_changes", LIMIT):
            assert len(page.objects) <= LIMIT, f"asked for {LIMIT} changes, got {len(page.objects)}"
            met |= {each.remote_id for each in page.objects if each.type is type}
        assert made <= met, f"{len(made - met)} of {MANY} changes never came"

    def test_a_cursor_continues_where_it_was_left(self, bench: Bench) -> None:
        """Also by another instance: nothing that came later is lost."""
        type = bench.entity()
        needs(bench.can.imports(type), "its entities do not come back")
        first, _second = bench.create(type), bench.done(bench.create(type))
        made = bench.done(first)
        *_, last = bench.pages("hub_changes", LIMIT)
        bench.subject.sleep(1)
        version = bench.done(bench.update(first, made, name="Renamed")).version
        bench.reconnect()
        news = [each for page in bench.pages("hub_changes", LIMIT, last.cursor) for each in page.objects]
        assert (made.remote_id, version) in {(each.remote_id, each.version) for each in news}, "a later change is lost"

    def test_a_cursor_does_not_go_back_to_the_beginning(self, bench: Bench) -> None:
        """Some overlap is right, where clocks decide what is new; reading everything again each time is not."""
        type = bench.entity()
        needs(bench.can.imports(type), "its entities do not come back")
        made = {bench.done(bench.create(type)).remote_id for _ in range(MANY)}
        bench.subject.let_pass(OVERLAP)
        bench.reconnect()
        *_, last = bench.pages("hub_changes", LIMIT)
        bench.reconnect()
        again = {each.remote_id for page in bench.pages("hub_changes", LIMIT, last.cursor) for each in page.objects}
        assert not made <= again, "the cursor goes back to the beginning"

    def test_no_change_between_two_pages_is_lost(self, bench: Bench) -> None:
        """What changes while the pages are read comes on a later one."""
        type = bench.entity()
        needs(bench.can.imports(type), "its entities do not come back")
        requests = [bench.create(type) for _ in range(MANY)]
        made = [bench.done(request) for request in requests]
        met, changed = set(), ""
        for page in bench.pages("hub_changes", LIMIT):
            met |= {(each.remote_id, each.version) for each in page.objects}
            if not changed:
                changed = bench.done(bench.update(requests[0], made[0], name="Renamed meanwhile")).version
            last = page.cursor
        for page in bench.pages("hub_changes", LIMIT, last):
            met |= {(each.remote_id, each.version) for each in page.objects}
        assert (made[0].remote_id, changed) in met, "a change made while the pages were read is lost"
        assert {each.remote_id for each in made} <= {remote_id for remote_id, _ in met}, "others are lost with it"

    def test_a_bookkeepers_work_comes_back(self, bench: Bench) -> None:
        """With the fields that the books keep, under the model's names."""
        type = bench.entity()
        needs(bench.can.imports(type), "its entities do not come back")
        entered = bench.subject.add(type, "Entered by hand")
        objects = [each for page in bench.pages("hub_changes", 100) for each in page.objects]
        names = [each.name for each in objects if each.remote_id == entered and each.type is type]
        assert "Entered by hand" in names, "what a bookkeeper entered does not come back"

    def test_documents_of_a_period_come_completely_page_by_page(self, bench: Bench) -> None:
        """Both days included, no others, with their totals, and no page larger than was asked for."""
        needs(bench.offers("hub_documents"), "it does not list documents")
        type, until = bench.document(), bench.subject.now().date()
        since = until - timedelta(days=4)
        days = [since - timedelta(days=1), *_days(since, until), until + timedelta(days=1)]
        made: dict[str, tuple[date, Decimal]] = {}
        for day in days:
            request = bench.create(type, date=day.isoformat())
            made[bench.done(request).remote_id] = (day, total_of(request))
        met: dict[str, tuple[date | None, Decimal | None]] = {}
        for page in bench.pages("hub_documents", LIMIT, since=since, until=until):
            assert len(page.objects) <= LIMIT, f"asked for {LIMIT} documents, got {len(page.objects)}"
            met |= {each.remote_id: (each.date, each.total) for each in page.objects}
        expected = {id: one for id, one in made.items() if since <= one[0] <= until}
        listed = {id: one for id, one in met.items() if id in made}
        assert listed == expected, f"documents of the period from {since} to {until}: {listed}, not {expected}"


def _days(since: date, until: date) -> list[date]:
    return [since + timedelta(days=at) for at in range((until - since).days + 1)]
