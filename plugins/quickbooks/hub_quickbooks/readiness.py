"""What is missing before everything of a company can be posted, found out before anything is sent; pure."""

from __future__ import annotations

from hub.adapters import Fault
from hub.errors import ErrorClass
from hub_quickbooks.codec.book import Book, Company, Lists
from hub_quickbooks.settings import QuickBooksSettings

_ACCOUNTS = {
    "income_account": "items that name no income account",
    "expense_account": "items and bill lines that name no expense account",
    "asset_account": "inventory items and journal lines that name no account",
    "adjustment_account": "stock adjustments and journals that name no account",
    "deposit_account": "refunds, which must say where they are paid from",
}
_OPTIONAL = ("receivable_account", "payable_account")


def gaps(settings: QuickBooksSettings, company: Company, lists: Lists) -> list[Fault]:
    """Everything that is missing, at once; records that name what the settings lack are posted all the same."""
    book = Book(settings=settings, company=company, links={}, lists=lists)
    found = []
    for setting, purpose in _ACCOUNTS.items():
        found += _gap(book, setting, purpose)
    for setting in _OPTIONAL:
        if getattr(settings, setting):
            found += _gap(book, setting, "the documents it is for")
    if not settings.refund_item:
        found.append(_lacks("No item is set for refunds (refund_item).", "--set refund_item='NAME OF AN ITEM'"))
    if not company.own_numbers and settings.own_numbers == "required":
        found.append(
            _lacks(
                "QuickBooks numbers sales forms by itself, so invoices, credit memos and refunds would lose theirs.",
                "Switch on custom transaction numbers in QuickBooks, or --set own_numbers=switch_on (or preferred).",
            )
        )
    return found


def _gap(book: Book, setting: str, purpose: str) -> list[Fault]:
    book.faults.clear()
    if book.account(None, setting, purpose) is not None or not book.faults:
        return []
    fault = book.faults[0]
    why = fault.message if getattr(book.settings, setting) else f"No account is set for {purpose} ({setting})."
    return [_lacks(why, f"--set {setting}='NAME IN QUICKBOOKS'")]


def _lacks(message: str, fix: str) -> Fault:
    return Fault(error=ErrorClass.VALIDATION, code="not_ready", message=message, fix=fix)
