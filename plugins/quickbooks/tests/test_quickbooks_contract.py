"""The QuickBooks adapter keeps every rule of the contract, against a local sandbox, in each of its ways to write."""

from __future__ import annotations

from typing import Any, ClassVar

from hub.testing.contract import ContractSuite, Suite, UndoRules, UnknownRules
from plugins.quickbooks.tests.quickbooks_subject import QuickBooksSubject


class WithKeys(QuickBooksSubject):
    """Somebody has measured that QuickBooks remembers a requestid."""

    more: ClassVar[dict[str, Any]] = {"key_memory": 600}


class Voiding(QuickBooksSubject):
    """Invoices and payments are voided."""

    more: ClassVar[dict[str, Any]] = {"removal": "void"}


class TestQuickBooksContract(ContractSuite):
    subject = QuickBooksSubject


class TestKeys(UnknownRules, Suite):
    subject = WithKeys


class TestVoiding(UndoRules, Suite):
    subject = Voiding
