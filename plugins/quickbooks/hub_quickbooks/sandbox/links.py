"""Links between documents: what a payment pays, what a deposit holds, and what may no longer be changed because of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub_quickbooks.sandbox.book import Book
from hub_quickbooks.sandbox.documents import ZERO, set_balance
from hub_quickbooks.sandbox.kinds import Kind
from hub_quickbooks.sandbox.refusals import Refusal, business
from hub_quickbooks.sandbox.store import Thing

Links = dict[tuple[str, int], Decimal]

_PAYS = {"Payment": ("Invoice", "CreditMemo"), "BillPayment": ("Bill", "VendorCredit")}
_TARGETS = {
    **_PAYS,
    "Deposit": ("Payment", "SalesReceipt", "RefundReceipt"),
    "Bill": ("PurchaseOrder",),
}
_CREDITS = ("CreditMemo", "VendorCredit")
_KIND_OF = {"BillPaymentCheck": "BillPayment", "BillPaymentCreditCard": "BillPayment"}


def links_of(kind: Kind, body: dict[str, Any] | None) -> Links:
    """What a document links to by itself, and how much of it; Refusal 620 for what cannot be linked so."""
    allowed = _TARGETS.get(kind.name, ())
    found: Links = {}
    if body is None:
        return found
    own = [] if kind.name in _PAYS or kind.name == "Deposit" else body.get("LinkedTxn", [])
    pairs = [
        (link, line["Amount"])
        for line in body.get("Line", [])
        for link in line.get("LinkedTxn", [])
        if "Amount" in line
    ]
    if kind.name not in _PAYS and kind.name != "Deposit":
        pairs = [(link, ZERO) for link, _ in pairs]
    for link, amount in [*pairs, *((link, ZERO) for link in own if _kind(link) in allowed)]:
        id, type = link.get("TxnId"), _kind(link)
        if id is None or type not in allowed:
            raise Refusal(
                620,
                f"Transaction {id} of the type {link.get('TxnType')} cannot be linked to a {kind.name}.",
                "LinkedTxn",
            )
        found[type, int(id)] = found.get((type, int(id)), ZERO) + amount
    return found


def settle(kind: Kind, body: dict[str, Any]) -> None:
    """Work out what a payment leaves unapplied; Refusal 6000 when it applies more than there is."""
    if kind.name not in _PAYS:
        return
    links = links_of(kind, body)
    used = sum((amount for (type, _), amount in links.items() if type not in _CREDITS), ZERO)
    credit = sum((amount for (type, _), amount in links.items() if type in _CREDITS), ZERO)
    left = body["TotalAmt"] + credit - used
    if left < 0:
        raise business(
            f"{used} is applied, but the payment and its credits are {body['TotalAmt'] + credit} only.", "TotalAmt"
        )
    if kind.name == "Payment":
        body["UnappliedAmt"] = left
    elif left:
        raise business(f"A bill payment must be applied in full; {left} would be left.", "TotalAmt")


def link(book: Book, kind: Kind, id: int, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """Carry a change of links to the documents at their other end: their balance and their list of links."""
    old, new = links_of(kind, before), links_of(kind, after)
    for type, target_id in {**old, **new}:
        was, now = old.get((type, target_id)), new.get((type, target_id))
        if was == now:
            continue
        target = book.get(type, target_id)
        if target is None:
            if now is None:
                continue
            raise Refusal(
                620, f"Transaction {target_id} of the type {type} cannot be linked: there is none.", "LinkedTxn"
            )
        _change(book, kind, id, target, was, now, after or before or {})


def check_deposited(body: dict[str, Any]) -> None:
    """Refusal 6540 for what stands in a bank deposit."""
    if any(link.get("TxnType") == "Deposit" for link in body.get("LinkedTxn", [])):
        raise Refusal(
            6540, "This transaction has been deposited. To change or delete it, edit or delete the deposit first."
        )


def check_unlinked(kind: Kind, body: dict[str, Any]) -> None:
    """Refusal 6000 for what others are linked to: those links must go first (facts §2)."""
    own = _TARGETS.get(kind.name, ())
    inward = [link for link in body.get("LinkedTxn", []) if _kind(link) not in own]
    if inward:
        words = ", ".join(f"{one.get('TxnType')} {one.get('TxnId')}" for one in inward[:5])
        raise business(f"This transaction is linked to others ({words}); unlink or delete those first.", "LinkedTxn")


def unlink_payments(book: Book, kind: Kind, thing: Thing) -> None:
    """What voiding does to the payments of a document: they stay, unapplied (facts §2)."""
    from hub_quickbooks.sandbox.kinds import KINDS

    for linked in thing.body.get("LinkedTxn", []):
        payer = KINDS.get(_kind(linked))
        if payer is None or payer.name not in _PAYS:
            continue
        payment = book.get(payer.name, int(linked["TxnId"]))
        if payment is None:
            continue
        body = dict(payment.body)
        body["Line"] = [
            line
            for line in body["Line"]
            if not any((_kind(one), one["TxnId"]) == (kind.name, str(thing.id)) for one in line["LinkedTxn"])
        ]
        settle(payer, body)
        book.put(payer.name, payment.id, body, payment, "Update")


def _change(
    book: Book, kind: Kind, id: int, target: Thing, was: Decimal | None, now: Decimal | None, payer: dict[str, Any]
) -> None:
    body = dict(target.body)
    if kind.name in _PAYS:
        party = "CustomerRef" if kind.name == "Payment" else "VendorRef"
        if now is not None and not _same_party(book, party, payer, body):
            raise Refusal(
                620,
                f"Transaction {target.id} belongs to another {party[:-3].lower()} and cannot be linked.",
                "LinkedTxn",
            )
        balance = body["Balance"] + (was or ZERO) - (now or ZERO)
        if balance < 0:
            raise Refusal(
                620,
                f"Transaction {target.id} has {body['Balance']} open only and cannot be linked with {now}.",
                "LinkedTxn",
            )
        set_balance(target.kind, body, balance)
    if kind.name == "Deposit" and was is None:
        check_deposited(body)
        if now != body["TotalAmt"]:
            raise Refusal(620, f"Transaction {target.id} must be deposited in full: {body['TotalAmt']}.", "LinkedTxn")
    others = [one for one in body.get("LinkedTxn", []) if (_kind(one), one["TxnId"]) != (kind.name, str(id))]
    body["LinkedTxn"] = [*others, *([] if now is None else [{"TxnId": str(id), "TxnType": _type(kind, payer)}])]
    book.put(target.kind, target.id, body, target, "Update")


def _same_party(book: Book, party: str, payer: dict[str, Any], paid: dict[str, Any]) -> bool:
    wanted, found = payer[party]["value"], paid.get(party, {}).get("value")
    while found is not None and found != wanted and party == "CustomerRef":  # a parent pays for its jobs
        customer = book.get("Customer", int(found))
        found = None if customer is None else customer.body.get("ParentRef", {}).get("value")
    return bool(found == wanted)


def _type(kind: Kind, body: dict[str, Any]) -> str:
    return f"BillPayment{body['PayType']}" if kind.name == "BillPayment" else kind.name


def _kind(link: dict[str, Any]) -> str:
    type = str(link.get("TxnType"))
    return _KIND_OF.get(type, type)
