"""What is missing before everything of a company can be posted, found out before anything is sent; pure."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One thing that is missing. `blocks` says whose posting is refused for it, `fix` what to do."""

    what: str
    blocks: str
    fix: str


def gaps(settings: QuickBooksSettings, company: Company, lists: Lists) -> list[Gap]:
    """Everything that is missing, at once; records that name what the settings lack are posted all the same."""
    book = Book(settings=settings, company=company, links={}, lists=lists)
    found = []
    for setting, purpose in _ACCOUNTS.items():
        found += _gap(book, setting, purpose)
    for setting in _OPTIONAL:
        if getattr(settings, setting):
            found += _gap(book, setting, "the documents it is for")
    if not settings.refund_item:
        found.append(Gap(what="refund_item is not set", blocks="refunds", fix="--set refund_item='NAME OF AN ITEM'"))
    if not company.own_numbers and settings.own_numbers == "required":
        found.append(
            Gap(
                what="QuickBooks numbers sales forms by itself",
                blocks="invoices, credit memos and refunds that have a number",
                fix="Switch on custom transaction numbers (sales settings), or --set own_numbers=preferred",
            )
        )
    return found


def _gap(book: Book, setting: str, purpose: str) -> list[Gap]:
    book.faults.clear()
    if book.account(None, setting, purpose) is not None or not book.faults:
        return []
    fault = book.faults[0]
    return [Gap(what=f"{setting}: {fault.message}", blocks=purpose, fix=fault.fix)]
