"""The Sync Queue, as the accounts person works it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hub import records
from hub.access import views
from hub.app.wiring import Wiring
from hub.jobs.sent import list_sent
from hub.queue import Filter, count_queue, hold, list_queue, matching
from hub.queue.troubles import list_troubles
from hub.records.many import act_on_many, read_action, sum_up


class QueueCalls(Wiring):
    """Looking at the queue, and acting on one request or many."""

    def queue(self, connection: str, *, sort: str = "position", limit: int = 50, after: str | None = None,
              **chosen: Any) -> dict[str, Any]:  # fmt: skip
        """A page of the queue; `chosen` are the fields of :class:`hub.queue.Filter`."""
        return list_queue(self.core, self.lane(connection), Filter(**chosen), sort=sort, limit=limit, after=after)

    def matching(self, connection: str, **chosen: Any) -> list[int]:
        """Ids of all requests that a filter lets through, to act on them at once."""
        query = matching(self.lane(connection), Filter(**chosen))
        with self.database.read() as db:
            return [row.id for row in db.execute(query)]

    def remove(self, connection: str, ids: Sequence[int], reason: str | None = None) -> list[dict[str, Any]]:
        """Take requests out of the queue: all or, on a refusal, none (Q9 to Q12)."""
        return records.remove_requests(self.core, self.lane(connection), ids, self.actor, reason)

    def hold(self, connection: str, ids: Sequence[int], reason: str) -> int:
        """Hold requests (Q15); how many."""
        lane = self.lane(connection)
        with self.database.write(lane.company) as db:
            return hold(db, lane, ids, reason, self.actor, self.core.now())

    def release(self, connection: str, ids: Sequence[int], reason: str | None = None) -> int:
        """Release held requests (Q15); how many."""
        return records.release_requests(self.core, self.lane(connection), ids, self.actor, reason)

    def queue_counts(self, connection: str) -> list[dict[str, Any]]:
        """How many requests of each type, operation, state and error class (`error`, empty without one)."""
        return count_queue(self.core, self.lane(connection))

    def troubles(self, connection: str, **chosen: Any) -> list[dict[str, Any]]:
        """The errors of a queue, each once, with count, totals, an example and the fix."""
        return list_troubles(self.core, self.lane(connection), Filter(**chosen))

    def sent(
        self, connection: str, *, removed: bool = False, since: datetime | None = None, limit: int = 50,
        after: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """What jobs brought into the books, or took out of them, newest first."""
        return list_sent(self.core, self.lane(connection), removed=removed, since=since, limit=limit, after=after)

    def sum_up(self, connection: str, ids: Sequence[int] | None = None, **chosen: Any) -> dict[str, Any]:
        """Count and totals of these requests, or of all that a filter lets through, and the `seal` over them."""
        return sum_up(self.core, self.lane(connection), Filter(**chosen) if ids is None else ids)

    def act_on_many(
        self, connection: str, action: str, ids: Sequence[int] | None = None, *, reason: str | None = None,
        seal: str | None = None, expect: int | None = None, **chosen: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """hold, release, retry or remove these requests, or all that a filter lets through; what is refused is told."""
        which = Filter(**chosen) if ids is None else ids
        return act_on_many(
            self.core, self.lane(connection), read_action(action), which, self.actor, reason=reason, seal=seal,
            expect=expect,
        )  # fmt: skip

    def views(self, connection: str, user_id: int) -> list[dict[str, Any]]:
        """A person's saved views of a queue."""
        with self.database.read() as db:
            return views.list_views(db, user_id, self.lane(connection).id)

    def save_view(self, connection: str, user_id: int, name: str, query: str) -> None:
        """Keep a view of a queue under a name."""
        lane = self.lane(connection)
        with self.database.write(lane.company) as db:
            views.add_view(db, user_id, lane.id, name, query)

    def forget_view(self, connection: str, user_id: int, view_id: int) -> None:
        """Delete one of a person's views."""
        lane = self.lane(connection)
        with self.database.write(lane.company) as db:
            views.forget_view(db, user_id, lane.id, view_id)
