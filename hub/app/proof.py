"""Proof: that the history is whole, and that source and books agree (V1, V2)."""

from __future__ import annotations

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
