"""Tenancy (X7): two connections in one process never reach each other's books."""

from __future__ import annotations

from hub.testing.contract.asking import name_of
from hub.testing.contract.bench import Bench
from hub.testing.contract.subject import OTHERS


class TenancyRules:
    """Two companies, two instances."""

    def test_one_connection_writes_only_into_its_own_books(self, bench: Bench) -> None:
        """Also when another instance was made or used in between."""
        others = bench.subject.connect(OTHERS)
        others.hub_check()
        request = bench.create(bench.document())
        bench.done(request)
        others.hub_check()
        bench.done(bench.create(request.type))
        assert bench.count(request.type) == 2, "what was sent to our books is not there"
        assert not bench.subject.look(request.type, OTHERS), "what was sent to our books stands in another company's"

    def test_one_connection_sees_only_its_own_books(self, bench: Bench) -> None:
        """By finding, by the change feed and by the list of documents."""
        others = bench.subject.connect(OTHERS)
        entity, document = bench.create(bench.entity()), bench.create(bench.document())
        bench.done(entity)
        bench.done(document)
        name = name_of(entity)
        assert bench.find(entity, name=name), "it is not found in its own books"
        bench.adapter = others
        assert bench.find(entity, name=name) == (), "another company's entity is found"
        assert bench.find(document, marker=document.marker) == (), "another company's document is found"
        changed = [each.name for page in bench.pages("hub_changes", 100) for each in page.objects]
        assert name not in changed, "another company's entity is in the change feed"
        if bench.offers("hub_documents"):
            day = bench.subject.now().date()
            pages = bench.pages("hub_documents", 100, since=day, until=day)
            markers = [each.marker for page in pages for each in page.objects]
            assert document.marker not in markers, "another company's document is listed"
