"""The parts of one connection, wired; apart from the adapter, so that listing adapters need not load what sends."""

from __future__ import annotations

from hub.adapters import AdapterContext
from hub_quickbooks.changes import Changes
from hub_quickbooks.client import Client
from hub_quickbooks.finding import Finder
from hub_quickbooks.reference import ReferenceLists
from hub_quickbooks.settings import QuickBooksSettings
from hub_quickbooks.writing import Writer


class Parts:
    """One client, and everything that reads and writes through it."""

    def __init__(self, settings: QuickBooksSettings, context: AdapterContext) -> None:
        self.client = Client(settings, context)
        self.lists = ReferenceLists(settings, self.client, context.now)
        self.finder = Finder(self.client, self.lists)
        self.writer = Writer(settings, context, self.client, self.lists, self.finder)
        self.changes = Changes(settings, self.client, self.lists, context.now)
