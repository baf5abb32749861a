"""Broken in where their links lead."""

from __future__ import annotations

from urllib.parse import quote

from hub_mock import MockAdapter

from hub.adapters import AdapterContext, RemoteRef
from tests.contract.broken.making import breaks

WHOLE, ASTRAY = "an_address_is_whole_and_gives_no_secret_away", "no_id_leads_an_address_astray"


@breaks(WHOLE, says="no whole address")
class RunsAScript(MockAdapter):
    def hub_record_url(self, ref: RemoteRef, posts_as: str) -> str | None:
        return f"javascript:alert({ref.remote_id})"


@breaks(WHOLE, says="is not encrypted")
class InTheClear(MockAdapter):
    def hub_record_url(self, ref: RemoteRef, posts_as: str) -> str | None:
        return f"http://books.example/{posts_as}/{quote(ref.remote_id, safe='')}"


@breaks(WHOLE, says="a secret is told")
class SpareTheLogIn(MockAdapter):
    def __init__(self, context: AdapterContext) -> None:
        super().__init__(context)
        self.token = next(iter(context.credentials.values()))

    def hub_record_url(self, ref: RemoteRef, posts_as: str) -> str | None:
        return f"https://books.example/?id={ref.remote_id}&token={self.token}"


@breaks(ASTRAY, says="makes another address")
class Pastes(MockAdapter):
    def hub_record_url(self, ref: RemoteRef, posts_as: str) -> str | None:
        return f"https://books.example/?id={ref.remote_id}"


@breaks(ASTRAY, says="stands unescaped")
class EscapesTheSignsOfAddressesOnly(MockAdapter):
    def hub_record_url(self, ref: RemoteRef, posts_as: str) -> str | None:
        return f"https://books.example/?id={quote(ref.remote_id, safe='<> ')}"


@breaks(ASTRAY, says="leads out of its folder")
class LetsAnIdClimb(MockAdapter):
    def hub_record_url(self, ref: RemoteRef, posts_as: str) -> str | None:
        return f"https://books.example/{posts_as}/{quote(ref.remote_id, safe='')}"
