"""Records: saved, shown, and what a person does to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hub import companies, records
from hub.app.wiring import Wiring
from hub.errors import InvalidInput
from hub.model import Ref, parse_type
from hub.queue.feed import read_feed
from hub.records import Keep, Saved


class RecordCalls(Wiring):
    """What the source application and its people call. Each answer is the record as it stands afterwards."""

    def put(self, company: str, type: str, source_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Create or change one record; the record as :meth:`show` gives it. Raises what stands in the way."""
        if not isinstance(data, Mapping):
            raise InvalidInput("A record must be a JSON object.", code="invalid_record", fix="Send an object.")
        (saved,) = self.put_many(company, [{**data, "type": type, "source_id": source_id}])
        if saved.error:
            raise saved.error
        return self.show(company, type, saved.source_id)

    def put_many(self, company: str, given: Iterable[Mapping[str, Any]]) -> Iterator[Saved]:
        """Create or change many records, each with `type` and `source_id`; one result each, faults included."""
        with self.database.read() as db:
            companies.need_company(db, company)
        return records.save_records(self.core, company, given, self.actor)

    def delete(self, company: str, type: str, source_id: str) -> dict[str, Any]:
        """The source deleted a record."""
        records.delete_record(self.core, company, parse_type(type), source_id, self.actor)
        return self.show(company, type, source_id)

    def show(self, company: str, type: str, source_id: str, *, history: bool = True) -> dict[str, Any]:
        """A record, how it stands on each connection, and its history."""
        return records.show_record(self.core, company, parse_type(type), source_id, history=history)

    def undo(
        self, company: str, type: str, source_id: str, *, connection: str | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        """Undo the sync of a transaction (U1)."""
        self._belongs(company, connection)
        records.undo(self.core, company, parse_type(type), source_id, self.actor, reason)
        return self.show(company, type, source_id)

    def plan_undo(
        self, company: str, type: str, source_id: str, *, patience: float | None = None
    ) -> list[dict[str, Any]]:
        """How the books would take a transaction out, per connection, or why they would refuse (U8).

        With `patience`, BooksProblem `books_slow` when the books have not answered after so many seconds.
        """
        kind = parse_type(type)
        if patience is None:
            return records.plan_undo(self.core, company, kind, source_id)
        return records.within(patience, lambda: records.plan_undo(self.core, company, kind, source_id))

    def records(
        self, company: str, *, type: str | None = None, search: str | None = None,
        uses: tuple[str, str] | None = None, limit: int = 50, after: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """A page of a company's records; `uses` (type, source id) finds those that name this one."""
        with self.database.read() as db:
            companies.need_company(db, company)
        return records.list_records(
            self.core, company, type=parse_type(type) if type else None, search=search,
            uses=Ref(parse_type(uses[0]), uses[1]) if uses else None, limit=limit, after=after,
        )  # fmt: skip

    def referred(self, company: str, type: str, source_id: str) -> list[dict[str, Any]]:
        """What a record names."""
        return records.referred(self.core, company, parse_type(type), source_id)

    def possible(self, company: str, type: str, source_id: str) -> dict[str, Any]:
        """What may be done to a record now, and for what is refused why, and the way that is open."""
        return records.possible_actions(self.core, company, parse_type(type), source_id, self.actor)

    def both_sides(self, company: str, type: str, source_id: str) -> list[dict[str, Any]]:
        """What the books hold of a record, read now and compared field by field, per connection."""
        return records.both_sides(self.core, company, parse_type(type), source_id)

    def look_in_books(self, connection: str, type: str, text: str) -> list[dict[str, Any]]:
        """Objects of this name, number or id in the books."""
        return records.look_in_books(self.core, self.lane(connection), parse_type(type), text)

    def prevent(
        self, company: str, type: str, source_id: str, *, connection: str | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        """Keep an open transaction out of the queue (U2)."""
        self._belongs(company, connection)
        records.prevent(self.core, company, parse_type(type), source_id, self.actor, reason)
        return self.show(company, type, source_id)

    def allow(
        self, company: str, type: str, source_id: str, *, connection: str | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        """Clear the prevent flag; `queued` names the connections on which it queues now (U2)."""
        self._belongs(company, connection)
        queued = records.allow(self.core, company, parse_type(type), source_id, self.actor, reason)
        return {**self.show(company, type, source_id), "queued": queued}

    def detach(
        self, company: str, type: str, source_id: str, *, connection: str | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        """Keep the books' copy and stop syncing the transaction (U5)."""
        self._belongs(company, connection)
        records.detach(self.core, company, parse_type(type), source_id, self.actor, reason)
        return self.show(company, type, source_id)

    def link(
        self,
        company: str,
        type: str,
        source_id: str,
        *,
        keep: str,
        name: str | None = None,
        remote_id: str | None = None,
        connection: str | None = None,
        reason: str | None = None,
    ) -> dict[str, Any]:
        """Say which entity in the books a record is, and whose values win: `keep` is source or books (C3)."""
        if keep not in ("source", "books"):
            raise InvalidInput("Say whose values win.", code="keep_missing", fix="Keep the source's or the books'.")
        winner: Keep = "books" if keep == "books" else "source"
        lane = self._one_lane(company, connection)
        records.link(
            self.core,
            lane,
            parse_type(type),
            source_id,
            keep=winner,
            actor=self.actor,
            name=name,
            remote_id=remote_id,
            reason=reason,
        )
        return self.show(company, type, source_id)

    def set_proxy(
        self,
        company: str,
        type: str,
        source_id: str,
        *,
        name: str | None = None,
        remote_id: str | None = None,
        connection: str | None = None,
        reason: str | None = None,
    ) -> dict[str, Any]:
        """Post with another entity in place of this one (C6)."""
        lane = self._one_lane(company, connection)
        records.set_proxy(
            self.core,
            lane,
            parse_type(type),
            source_id,
            actor=self.actor,
            name=name,
            remote_id=remote_id,
            reason=reason,
        )
        return self.show(company, type, source_id)

    def clear_proxy(
        self, company: str, type: str, source_id: str, *, connection: str | None = None, reason: str | None = None
    ) -> dict[str, Any]:
        """Take a proxy away; the record queues to be created (C6)."""
        lane = self._one_lane(company, connection)
        records.clear_proxy(self.core, lane, parse_type(type), source_id, actor=self.actor, reason=reason)
        return self.show(company, type, source_id)

    def changes(self, company: str, after: int = 0, limit: int = 500) -> dict[str, Any]:
        """What the source must apply on its side: entities changed, transactions re-opened.

        `next` is the cursor of the next page, for ever; `more` says whether there is one already.
        """
        with self.database.read() as db:
            companies.need_company(db, company)
            return read_feed(db, company, after, limit)
