"""Broken in paging, in keeping companies apart, and in keeping secrets."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar

from hub_mock import MockAdapter

from hub.adapters import AdapterContext, ChangePage, Find, Identity, Outcome, RemoteObject, Request, hookimpl
from hub.errors import AuthorisationLost
from tests.contract.broken.making import breaks

log = logging.getLogger(__name__)


@breaks("changes_come_completely_page_by_page", says="changes never came")
class DropsTheLastOfAPage(MockAdapter):
    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        page = super().hub_changes(cursor, limit)
        return replace(page, objects=page.objects[:-1]) if page.more else page


@breaks("changes_come_completely_page_by_page", says="asked for 3 changes, got 10")
class PagesOfItsOwnSize(MockAdapter):
    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        return super().hub_changes(cursor, 10 if limit < 10 else limit)


@breaks("a_cursor_continues_where_it_was_left", says="a later change is lost")
class KeepsCursorsInMind(MockAdapter):
    """Another instance does not know the cursor, and starts with what comes from then on."""

    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        known = self.__dict__.setdefault("known", {None: None})
        if cursor not in known:
            return ChangePage(objects=(), cursor=cursor or "")
        page = super().hub_changes(known[cursor], limit)
        known[f"page {page.cursor}"] = page.cursor
        return replace(page, cursor=f"page {page.cursor}")


@breaks("a_cursor_does_not_go_back_to_the_beginning", says="goes back to the beginning")
class StartsOver(MockAdapter):
    """Takes a page without news for a lost cursor."""

    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        page = super().hub_changes(cursor, limit)
        return page if page.objects else super().hub_changes(None, 1000)


@breaks("no_change_between_two_pages_is_lost", says="a change made while the pages were read is lost")
class PagesThroughASnapshot(MockAdapter):
    """Numbers the pages of what was there at the first one, and goes on from the end."""

    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        if cursor is not None and not cursor.startswith("at "):
            return super().hub_changes(cursor, limit)
        at = 0 if cursor is None else int(cursor.removeprefix("at "))
        if at == 0:
            self.snapshot = super().hub_changes(None, 10_000).objects
        more = at + limit < len(self.snapshot)
        after = f"at {at + limit}" if more else super().hub_changes(None, 10_000).cursor
        return ChangePage(objects=self.snapshot[at : at + limit], cursor=after, more=more)


@breaks("a_bookkeepers_work_comes_back", says="what a bookkeeper entered does not come back")
class SeesOnlyItsOwn(MockAdapter):
    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage:
        page = super().hub_changes(cursor, limit)
        return replace(page, objects=tuple(each for each in page.objects if each.marker))


@breaks("documents_of_a_period_come_completely_page_by_page", says="documents of the period")
class StopsADayEarly(MockAdapter):
    def hub_documents(self, since: date, until: date, cursor: str | None, limit: int) -> ChangePage:
        return super().hub_documents(since, until - timedelta(days=1), cursor, limit)


@breaks("one_connection_writes_only_into_its_own_books", says="is not there")
class OneSessionForAll(MockAdapter):
    """Keeps the session in the class: whoever was made last, all write with."""

    latest: ClassVar[MockAdapter]

    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        type(self).latest = self

    def _apply(self, requests: Sequence[Request], struck: dict[int, Outcome], *, late: bool) -> list[Outcome]:
        return self.latest.books.apply(requests, late=late)


@breaks("one_connection_sees_only_its_own_books", says="another company's entity is found")
class OneCacheForAll(MockAdapter):
    """Keeps what it found, whoever asks."""

    cache: ClassVar[dict[tuple[str, str | None], tuple[RemoteObject, ...]]] = {}

    def hub_find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]]:
        for one, found in zip(wanted, super().hub_find(wanted), strict=True):
            self.cache.setdefault((one.type, one.name), found)
        return [self.cache[one.type, one.name] for one in wanted]


@breaks("no_secret_is_told_in_outcomes_and_errors", says="a secret is told")
class QuotesTheHeader(MockAdapter):
    """The relay knows the token; it does not know it in base64."""

    @hookimpl
    def hub_check(self) -> Identity:
        try:
            return super().hub_check()
        except AuthorisationLost as fault:
            pair = f"client:{self._context.credentials['access_token']}"
            header = base64.b64encode(pair.encode()).decode()
            raise AuthorisationLost(f"Refused: Authorization: Basic {header}.") from fault


@breaks("no_secret_is_logged_or_printed", says="a secret is logged")
class LogsItsHeaders(MockAdapter):
    @hookimpl
    def hub_check(self) -> Identity:
        log.debug("GET /company, Authorization: Bearer %s…", self._context.credentials["access_token"][:20])
        return super().hub_check()


@breaks("no_record_is_logged_or_printed", says="a record is logged")
class LogsBodies(MockAdapter):
    def _write(self, requests: Sequence[Request]) -> list[Outcome]:
        log.debug("POST %s", requests)
        return super()._write(requests)


@breaks("no_secret_shows_in_repr", says="a secret shows in repr")
class ShowsItsHeaders(MockAdapter):
    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self.headers = {"Authorization": f"Bearer {context.credentials['access_token']}"}
