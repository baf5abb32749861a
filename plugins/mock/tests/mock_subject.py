"""The mock adapter as the contract suite sees it: two files of books, which ask for tokens and misbehave when told."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from hub_mock import MockAdapter
from hub_mock.bookkeeper import Bookkeeper
from hub_mock.books import Books

from hub.adapters import AdapterContext, Outcome, Request
from hub.errors import AuthorisationLost
from hub.model import RecordType
from hub.testing.contract import OURS, Seen, Subject, Trouble

FAULTS = {
    (Trouble.LOSE_REQUEST, ""): "drop-before-commit",
    (Trouble.LOSE_REPLY, "cut off"): "drop-after-commit",
    (Trouble.LOSE_REPLY, "too late"): "slow",
    (Trouble.THROTTLE, ""): "throttle",
    (Trouble.UNAUTHORISED, "refused"): "unauthorised",
}


class MockSubject(Subject):
    """Books in SQLite files; the bookkeeper, as behind `hub mock`, is the other side."""

    adapter = MockAdapter
    currencies = ("USD", "JPY", "KWD")
    ways: ClassVar = {Trouble.LOSE_REPLY: ("cut off", "too late"), Trouble.UNAUTHORISED: ("refused", "token withdrawn")}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.settings: dict[str, Any] = {"token_seconds": 10**6}
        self._books: dict[str, Books] = {}
        self._tokens: dict[str, Mapping[str, str]] = {}
        self._made: list[MockAdapter] = []
        self._spoiled: bytes | None = None

    def context(self, books: str) -> AdapterContext:
        opened = self.books(books)
        if books not in self._tokens:
            self._tokens[books] = opened.authorise()
        return AdapterContext(
            connection=f"{books}/mock",
            settings=opened._settings,
            data_dir=self.folder,
            now=self.now,
            sleep=self.sleep,
            credentials=self._tokens[books],
        )

    def connect(self, books: str = OURS) -> Any:
        self._made.append(super().connect(books))
        return self._made[-1]

    def books(self, name: str = OURS) -> Books:
        """The books themselves, past the adapter."""
        if name not in self._books:
            settings = MockAdapter.info.settings.model_validate(self.settings)
            self._books[name] = Books(self.folder / f"books-{name}--mock.db", settings, f"{name}/mock", self.now)
        return self._books[name]

    def look(self, type: RecordType, books: str = OURS) -> list[Seen]:
        return [
            Seen(
                remote_id=one["remote_id"],
                name=one.get("name", ""),
                number=one.get("number", ""),
                total=None if one["total"] is None else Decimal(one["total"]),
                active=one["active"],
                fields=one["data"],
            )
            for one in Bookkeeper(self.books(books)).all(type.value)
        ]

    def add(self, type: RecordType, name: str) -> str:
        return str(self._keeper.add(type.value, [f"name={name}"])["remote_id"])

    def edit(self, type: RecordType, remote_id: str, **fields: str) -> None:
        self._keeper.edit(type.value, remote_id, [f"{field}={value}" for field, value in fields.items()])

    def inactivate(self, type: RecordType, remote_id: str) -> None:
        self.edit(type, remote_id, active="false")

    def pay(self, remote_id: str, amount: Decimal) -> None:
        self._keeper.add("payment", [f"applied_to={remote_id}:{amount}"])

    def close_period(self, until: date) -> None:
        self.close()
        self.settings["closing_date"] = until.isoformat()
        self._books.clear()

    def switch_on(self, trouble: Trouble, way: str = "") -> None:
        if trouble is Trouble.UNREACHABLE:
            self._spoil()
        elif trouble is Trouble.MIDWAY:
            self._made[-1].books.apply = _fails_at_the_second(self._made[-1].books.apply)
        elif way == "token withdrawn":
            self.books().authorise()
        else:
            MockAdapter(self.context(OURS)).misbehave(FAULTS[trouble, way])

    def switch_off(self) -> None:
        if self._spoiled is not None:
            self.close()
            self.books().path.write_bytes(self._spoiled)
            self._spoiled = None
        self.books().switch(None)
        self._tokens.clear()

    def _spoil(self) -> None:
        """Write nonsense over the file of the books, as a failing disk does."""
        self.close()
        file = self.books().path
        self._spoiled = file.read_bytes()
        file.write_bytes(b"nonsense" * 1000)

    def close(self) -> None:
        for books in (*self._books.values(), *(each.books for each in self._made)):
            books.close()

    @property
    def _keeper(self) -> Bookkeeper:
        return Bookkeeper(self.books())


def _fails_at_the_second(apply: Callable[..., list[Outcome]]) -> Callable[..., list[Outcome]]:
    """Books whose authorisation ends after one transaction."""
    calls = itertools.count()

    def once(requests: Sequence[Request], *, late: bool = False) -> list[Outcome]:
        if next(calls):
            raise AuthorisationLost("The mock books no longer accept this connection.")
        return apply(requests, late=late)

    return once
