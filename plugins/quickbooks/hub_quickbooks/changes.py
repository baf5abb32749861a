"""What changed in QuickBooks, page by page: the change feed where it reaches, queries where it does not.

https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/change-data-capture
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hub.adapters import ChangePage, RemoteObject
from hub.errors import BooksProblem
from hub_quickbooks.client import PAGE, Client, literal
from hub_quickbooks.codec import decode
from hub_quickbooks.codec.book import Body
from hub_quickbooks.codec.kinds import BY_ENTITY, DOCUMENTS, LISTS, POSTED, Kind
from hub_quickbooks.codec.reading import changed_at
from hub_quickbooks.cursors import Everything, Feed, read_cursor
from hub_quickbooks.reference import ReferenceLists
from hub_quickbooks.settings import QuickBooksSettings

HORIZON = timedelta(days=29)
"""How far the feed looks back, less a day for clocks and patience."""
FULL = 1000
"""An answer with so many objects has left some out."""
_LISTS = tuple(LISTS.values())
_KINDS = (*LISTS.values(), POSTED["payment"])
_FED = tuple(kind.entity for kind in _KINDS if kind.feed)
_UNFED = tuple(kind for kind in _KINDS if not kind.feed)
_MARKED_ONLY = frozenset({"JournalEntry", "InventoryAdjustment"})
"""Of these only the hub's own are listed: accountants write many, for reasons that are none of the source's."""


class Changes:
    """Reads for one connection."""

    def __init__(
        self, settings: QuickBooksSettings, client: Client, lists: ReferenceLists, now: Callable[[], datetime]
    ) -> None:
        self._client, self._lists, self._now = client, lists, now
        self._overlap = timedelta(seconds=settings.overlap)

    def page(self, cursor: str | None, limit: int) -> ChangePage:
        """At most `limit` changed entities and payments."""
        place = Everything(began=self._now() - self._overlap) if cursor is None else read_cursor(cursor)
        if isinstance(place, Feed) and self._now() - place.since > HORIZON:
            place = Everything(began=self._now() - self._overlap, since=place.since)
        return self._everything(place, limit) if isinstance(place, Everything) else self._feed(place, limit)

    # ------------------------------------------------------------------------------------------------------ by query

    def _everything(self, place: Everything, limit: int) -> ChangePage:
        kinds = _LISTS if place.since is None else _KINDS
        if not 0 <= place.at < len(kinds):
            raise BooksProblem("The import's place is out of range.", code="bad_cursor", fix="Start it anew.")
        kind, size = kinds[place.at], max(1, min(limit, PAGE))
        bodies = self._query(kind, place, size)
        if len(bodies) == size:
            following = _following(place, bodies)
            more, cursor = True, following.text()
        elif place.at + 1 < len(kinds):
            more, cursor = True, Everything(at=place.at + 1, began=place.began, since=place.since).text()
        else:
            more, cursor = False, Feed(since=place.began).text()
        return ChangePage(
            objects=self._objects(kind.entity, bodies), cursor=cursor, more=more, complete=place.since is None
        )

    def _query(self, kind: Kind, place: Everything, size: int) -> list[Body]:
        """Since a long time ago: by time of change, so that what changes meanwhile comes at the end."""
        conditions = ["Active in (true, false)"] if kind.is_list else []
        if place.since is not None:
            begin = place.seen or place.since
            conditions.append(f"MetaData.LastUpdatedTime >= {literal(begin.isoformat(timespec='seconds'))}")
        order = "Id" if place.since is None else "MetaData.LastUpdatedTime"
        where = f" where {' and '.join(conditions)}" if conditions else ""
        text = f"select * from {kind.entity}{where} orderby {order} startposition {place.start} maxresults {size}"
        return self._client.query(text).get(kind.entity, [])

    # ------------------------------------------------------------------------------------------------------- by feed

    def _feed(self, place: Feed, limit: int) -> ChangePage:
        found, server = self._client.changes(_FED, place.since)
        # Without the server's clock it stays where it is: ours may be ahead of the changes.
        began = server - self._overlap if server else place.since
        if sum(map(len, found.values())) >= FULL:
            return self._everything(Everything(began=began, since=place.since), limit)
        for kind in _UNFED:
            condition = f"MetaData.LastUpdatedTime >= {literal(place.since.isoformat(timespec='seconds'))}"
            found[kind.entity] = self._client.all(kind.entity, f"{condition} and Active in (true, false)")
        ordered = sorted(
            ((_key(entity, body), body) for entity, bodies in found.items() if entity in BY_ENTITY for body in bodies),
            key=lambda each: each[0],
        )
        left = [each for each in ordered if place.after is None or each[0] > place.after]
        now, rest = left[:limit], left[limit:]
        objects = tuple(one for (_, entity, _), body in now for one in self._objects(entity, [body]))
        if rest:
            last = now[-1][0]
            return ChangePage(objects=objects, cursor=Feed(since=place.since, after=last).text(), more=True)
        return ChangePage(objects=objects, cursor=Feed(since=max(began, place.since)).text())

    # ----------------------------------------------------------------------------------------------------- documents

    def documents(self, since: date, until: date, cursor: str | None, limit: int) -> ChangePage:
        """At most `limit` documents dated in a period."""
        at, start = _place(cursor)
        kind, size = DOCUMENTS[at], max(1, min(limit, PAGE))
        conditions = []
        if since > date.min:
            conditions.append(f"TxnDate >= {literal(since.isoformat())}")
        if until < date.max:
            conditions.append(f"TxnDate <= {literal(until.isoformat())}")
        where = f" where {' and '.join(conditions)}" if conditions else ""
        text = f"select * from {kind.entity}{where} orderby Id startposition {start} maxresults {size}"
        bodies = self._client.query(text).get(kind.entity, [])
        objects = self._objects(kind.entity, bodies)
        if kind.entity in _MARKED_ONLY:
            objects = tuple(each for each in objects if each.marker)
        if len(bodies) == size:
            return ChangePage(objects=objects, cursor=f"{at}:{start + size}", more=True)
        return ChangePage(objects=objects, cursor=f"{at + 1}:1", more=at + 1 < len(DOCUMENTS))

    def _objects(self, entity: str, bodies: list[Body]) -> tuple[RemoteObject, ...]:
        company = self._lists.company()
        found = (decode(entity, body, company) for body in bodies)
        return tuple(each for each in found if each is not None)


def _following(place: Everything, bodies: list[Body]) -> Everything:
    """The place after a full page. By time, it begins at the last instant seen: what is edited meanwhile moves to the
    end, and would move what follows it under a counted start."""
    last = changed_at(bodies[-1])
    if place.since is None or last is None or last.replace(microsecond=0) <= (place.seen or place.since):
        return replace(place, start=place.start + len(bodies))
    return replace(place, start=1, seen=last.replace(microsecond=0))


def _key(entity: str, body: Body) -> tuple[str, str, str]:
    """Where an object stands in the feed: by time, then by name, so that a page can end anywhere.

    One without a time stands at the end, where the next page cannot have passed it.
    """
    instant = changed_at(body) or datetime.max.replace(tzinfo=UTC)
    return instant.astimezone(UTC).isoformat(), entity, str(body.get("Id", ""))


def _place(cursor: str | None) -> tuple[int, int]:
    at, _, start = (cursor or "0:1").partition(":")
    if not (at.isdigit() and start.isdigit() and int(at) < len(DOCUMENTS) and int(start) > 0):
        raise BooksProblem(f"QuickBooks' documents have no place {cursor!r}.", code="bad_cursor", fix="List them anew.")
    return int(at), int(start)
