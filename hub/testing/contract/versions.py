"""Versions (J7): a version changes when the object does, our own is told truly, and a stale one is refused."""

from __future__ import annotations

from hub.adapters import Applied, Conflict, Request
from hub.model import RecordType
from hub.testing.contract.asking import needs
from hub.testing.contract.bench import Bench

PHONE = "555 9999"


class VersionRules:
    """The versions of objects."""

    def test_the_version_told_is_the_version_read(self, bench: Bench) -> None:
        """By it the hub knows its own writes when it meets them in the change feed."""
        for type in bench.entities:
            request = bench.create(type)
            made = bench.done(request)
            found = bench.held(type, made.remote_id).version
            assert made.version == found, f"created as version {made.version}, read as {found}"
            changed = bench.done(bench.update(request, made, name=f"Renamed {type.words}"))
            found = bench.held(type, made.remote_id).version
            assert changed.version == found, f"updated to version {changed.version}, read as {found}"

    def test_a_version_changes_whenever_the_object_does(self, bench: Bench) -> None:
        """By our own update and by a bookkeeper's edit."""
        type, request, made = _customer(bench)
        versions = [made.version]
        versions.append(bench.done(bench.update(request, made, phone="555 1111")).version)
        bench.subject.edit(type, made.remote_id, phone=PHONE)
        versions.append(bench.held(type, made.remote_id).version)
        needs(any(versions), "its books have no versions")
        assert len(set(versions)) == 3, f"three states have the versions {versions}"

    def test_an_update_with_an_old_version_is_refused_and_changes_nothing(self, bench: Bench) -> None:
        """Or the bookkeeper's work would be overwritten without anybody having seen it."""
        needs(bench.can.version_guard, "it does not claim to guard versions")
        type, request, made = _customer(bench)
        bench.subject.edit(type, made.remote_id, phone=PHONE)
        outcome = bench.refused(bench.update(request, made, phone="555 1111"))
        assert isinstance(outcome, Conflict), f"refused, but not as stale_version: {outcome}"
        assert outcome.code == Conflict.STALE_VERSION, f"refused as {outcome.code}, not stale_version"
        seen = bench.seen(type, made.remote_id)
        assert seen is not None, "it is gone from the books"
        assert seen.fields.get("phone") == PHONE, f"the bookkeeper's edit was overwritten: {seen.fields}"


def _customer(bench: Bench) -> tuple[RecordType, Request, Applied]:
    type = RecordType.CUSTOMER
    needs(type in bench.entities, "it sends no customers")
    request = bench.create(type)
    return type, request, bench.done(request)
