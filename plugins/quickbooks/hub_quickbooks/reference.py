"""The company and its reference lists, read once and kept for a while: reads are metered, and these hardly change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from hub.model import RecordType
from hub_quickbooks.client import PAGE, Client
from hub_quickbooks.codec.book import Body, Company, Entry, text_of
from hub_quickbooks.codec.entities import bare
from hub_quickbooks.codec.kinds import LISTS
from hub_quickbooks.settings import QuickBooksSettings

KEPT = timedelta(minutes=15)


class ReferenceLists:
    """Shared by the threads of one adapter instance."""

    def __init__(self, settings: QuickBooksSettings, client: Client, now: Callable[[], datetime]) -> None:
        self._settings, self._client, self._now = settings, client, now
        self._lock = threading.Lock()
        self._company: Company | None = None
        self.held: dict[RecordType, tuple[Entry, ...]] = {}
        self._read_at: dict[RecordType, datetime] = {}

    def company(self, *, fresh: bool = False) -> Company:
        """Who the books are."""
        with self._lock:
            if self._company is None or fresh:
                company = self._client.company()
                if not company.own_numbers and self._settings.own_numbers == "switch_on":
                    company = self._client.let_us_number(company)
                self._company = company
            return self._company

    def load(self, types: Iterable[RecordType]) -> None:
        """Have these lists at hand."""
        with self._lock:
            for type in types:
                if type not in self.held:
                    self.held[type] = self._read(type)
                    self._read_at[type] = self._now()

    def forget_old(self) -> None:
        """Let go of what was read long ago, so that a person's change in QuickBooks is seen."""
        with self._lock:
            now = self._now()
            old = [type for type, read_at in self._read_at.items() if now - read_at >= KEPT]
            for type in old:
                self.held.pop(type, None)
                self._read_at.pop(type, None)

    def forget(self) -> None:
        """Let go of all lists."""
        with self._lock:
            self.held.clear()
            self._read_at.clear()

    def _read(self, type: RecordType) -> tuple[Entry, ...]:
        kind, found, start = LISTS[type], [], 1
        while True:
            text = (
                f"select * from {kind.entity} where Active in (true, false) orderby Id"
                f" startposition {start} maxresults {PAGE}"
            )
            page = self._client.query(text).get(kind.entity, [])
            found += [_entry(body) for body in page]
            if len(page) < PAGE:
                return tuple(found)
            start += PAGE


def _entry(body: Body) -> Entry:
    active = body.get("Active", True) is not False
    name = text_of(body.get("FullyQualifiedName")) or text_of(body.get("Name")) or ""
    return Entry(
        id=str(body.get("Id", "")),
        name=bare(name, active=active) or "",
        number=text_of(body.get("AcctNum")) or "",
        kind=text_of(body.get("AccountType")) or text_of(body.get("Type")) or "",
        active=active,
    )
