"""Every refusal these books know, in a bookkeeper's words: what is wrong and what to do about it."""

from __future__ import annotations

from decimal import Decimal

from hub.adapters import Conflict, Fault, Rejected, Request
from hub.errors import ErrorClass
from hub.model import Operation, RecordType, Ref
from hub_mock.codec import Draft, Entry
from hub_mock.faults import period_closed
from hub_mock.settings import MockSettings


def _invalid(code: str, message: str, fix: str) -> Rejected:
    return Rejected(fault=Fault(error=ErrorClass.VALIDATION, code=code, message=message, fix=fix))


def key_reused() -> Rejected:
    """The same key with other content."""
    return _invalid(
        "key_reused",
        "This idempotency key was used for another request before.",
        "Send the request with a key of its own; report this to the hub's maintainers.",
    )


def not_held(request: Request) -> Rejected:
    """A record type these books were told not to hold."""
    return Rejected(
        fault=Fault(
            error=ErrorClass.NOT_SUPPORTED,
            code="not_supported",
            message=f"These books do not hold a {request.type.words}.",
            fix="Add the type to the connection's `types`, or take the request out of the queue.",
        )
    )


def gone(request: Request) -> Rejected:
    """An update of something that is not there."""
    remote_id = "none given" if request.remote is None else request.remote.remote_id
    return Rejected(
        fault=Fault(
            error=ErrorClass.CONFLICT,
            code="not_found",
            message=f"The {request.type.words} ({remote_id}) is not in the books, or was deleted there.",
            fix="Link the record to another object in the books, or create it anew.",
        )
    )


def stale(request: Request, entry: Entry) -> Conflict:
    """Changed in the books since the version the request names."""
    seen = "" if request.remote is None else request.remote.version
    return Conflict(
        code=Conflict.STALE_VERSION,
        message=f"The {request.type.words} {entry.name or entry.number} was changed in the books: "
        f"it is at version {entry.version}, not {seen}.",
        remote_id=str(entry.id),
    )


def taken(draft: Draft, holder: str) -> Conflict:
    """A name or number that another object has."""
    type = draft.request.type
    if type.is_entity:
        kind = "customer, vendor or employee" if type in _SHARE_NAMES else type.words
        return Conflict(
            code=Conflict.DUPLICATE_NAME,
            message=f"Another {kind} in the books is already named {draft.name}.",
            remote_id=holder,
        )
    return Conflict(
        code=Conflict.DUPLICATE_NUMBER,
        message=f"Another {_words(draft)} in the books already has the number {draft.number}.",
        remote_id=holder,
    )


_SHARE_NAMES = (RecordType.CUSTOMER, RecordType.VENDOR, RecordType.EMPLOYEE)


def missing(request: Request, why: str) -> Rejected:
    """Something it refers to is not there."""
    return Rejected(
        fault=Fault(
            error=ErrorClass.MISSING_DEPENDENCY,
            code="missing_dependency",
            message=f"The {request.type.words} {request.source_id} cannot be posted: {why}.",
            fix="Sync or reactivate that record first, or choose a proxy for it.",
        )
    )


def currency(draft: Draft, settings: MockSettings) -> Rejected:
    """A currency these books do not keep."""
    return _invalid(
        "currency_not_allowed",
        f"These books do not keep {draft.currency}; they keep {', '.join(sorted(settings.currencies))}.",
        "Change the document's currency, or add it to the connection's `currencies`.",
    )


def other_currency(draft: Draft, paid: Ref, document: Entry) -> Rejected:
    """Money in one currency cannot settle a document in another."""
    return _invalid(
        "currency_differs",
        f"A {_words(draft)} in {draft.currency} cannot settle {_both(paid, document)}, which is in"
        f" {document.currency}.",
        "Enter it in the document's currency.",
    )


def does_not_sum(draft: Draft) -> Rejected:
    """The books' own sum differs from the document's (rule X6)."""
    return _invalid(
        "lines_do_not_sum",
        f"The lines sum to {draft.total}, but the document says {draft.stated}.",
        "Correct the lines or the total.",
    )


def over_applied(paid: Ref, document: Entry, amount: Decimal, left: Decimal) -> Rejected:
    """More than the document has left."""
    return _invalid(
        "over_applied",
        f"{amount} cannot be applied to {_both(paid, document)}: that is more than is open ({left}).",
        "Lower the amount applied, or apply the rest to another document.",
    )


def applies_too_much(draft: Draft, left: Decimal) -> Rejected:
    """More than the payment or credit has to give."""
    return _invalid(
        "over_applied",
        f"This {_words(draft)} applies more than is open on it ({left}).",
        "Lower the amounts applied.",
    )


def payments_applied(entry: Entry | None, what: str = "removed") -> Fault:
    """A document that others have settled in part."""
    paid = "0" if entry is None else entry.settled
    number = "" if entry is None else f" {entry.number}"
    return Fault(
        error=ErrorClass.VALIDATION,
        code="payments_applied",
        message=f"The document{number} cannot be {what}: payments or credits of {paid} are applied to it.",
        fix="Take the payments off it in the books first.",
    )


def removal(entry: Entry, settings: MockSettings) -> Fault | None:
    """Why a document must not be taken out now; None when it may."""
    if settings.closing_date is not None and entry.date is not None and entry.date <= settings.closing_date.isoformat():
        return period_closed(
            f"The document {entry.number} of {entry.date} lies in the period closed up to {settings.closing_date}."
        ).fault
    if Decimal(entry.settled):
        return payments_applied(entry)
    return None


def edited(request: Request, entry: Entry) -> Fault:
    """Somebody changed the document in the books after the hub had sent it (rule U8)."""
    return Fault(
        error=ErrorClass.CONFLICT,
        code="edited_in_books",
        message=stale(request, entry).message,
        fix="Look at the change in the books; then send the record once more, which replaces it, or keep it: detach the"
        " document.",
    )


def _both(paid: Ref, document: Entry) -> str:
    """A document as the source knows it, and as the books do where that is another number."""
    ours = f"{paid.type.words} {paid.source_id}"
    return ours if document.number in ("", paid.source_id) else f"{ours} (number {document.number})"


def _words(draft: Draft) -> str:
    verb = draft.request.operation
    return draft.request.posts_as.replace("_", " ") if verb is not Operation.DELETE else draft.request.type.words
