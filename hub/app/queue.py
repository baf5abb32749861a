"""The Sync Queue, as the accounts person works it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub import records
from hub.app.wiring import Wiring
from hub.queue import Filter, hold, list_queue, matching


class QueueCalls(Wiring):
    """Looking at the queue, and acting on one request or many."""

    def queue(self, connection: str, *, sort: str = "position", limit: int = 50, after: str | None = None,
              **chosen: str | None) -> dict[str, Any]:  # fmt: skip
        """A page of the queue; `chosen` are the fields of :class:`hub.queue.Filter`."""
        return list_queue(self.core, self.lane(connection), Filter(**chosen), sort=sort, limit=limit, after=after)

    def matching(self, connection: str, **chosen: str | None) -> list[int]:
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
