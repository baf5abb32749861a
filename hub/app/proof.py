"""Proof: that the history is whole, and that source and books agree (V1, V2)."""

from __future__ import annotations

from datetime import date
from typing import Any

from hub import companies, proof
from hub.app.wiring import Wiring


class ProofCalls(Wiring):
    """What an auditor asks."""

    def verify(self, company: str, *, head: str | None = None) -> dict[str, Any]:
        """Whether the company's history is as it was written; `head` is one that was kept outside (V2)."""
        with self.database.read() as db:
            companies.need_company(db, company)
        return proof.verify_history(self.core, company, head=head)

    def reconcile(
        self, connection: str, *, since: str | date | None = None, until: str | date | None = None
    ) -> dict[str, Any]:
        """The reconciliation statement of a connection for the days from `since` to `until`, both included (V1)."""
        period = proof.read_period(since, until)
        with self.database.read() as db:
            row = companies.connection_row(db, connection)
        return proof.reconcile(self.core, self._lane(row), (row.identity_id, row.identity_name), period)
