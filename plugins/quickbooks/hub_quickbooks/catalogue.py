"""QuickBooks' error codes as data: what each means for a request, how the hub classes it, and what a person can do.

Codes: https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from hub.errors import ErrorClass

DOCS = "https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes"
COMMON = "https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/handling-common-errors"
THROTTLES = "https://developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles"
OAUTH = "https://developer.intuit.com/app/developer/qbo/docs/develop/authentication-and-authorization/oauth-2.0"


class Does(StrEnum):
    """What a code says of the request it answers.

    REFUSED, STALE, NAME, NUMBER and GONE: nothing happened. WAIT: nothing happened, and it is welcome later. RECONNECT:
    nothing happened for lack of authorisation. LOOK: nobody knows; the hub looks in the books.
    """

    REFUSED = "refused"
    STALE = "stale"
    NAME = "name"
    NUMBER = "number"
    GONE = "gone"
    WAIT = "wait"
    RECONNECT = "reconnect"
    LOOK = "look"


class Entry(NamedTuple):
    """One code."""

    code: int
    means: str
    does: Does
    error: ErrorClass
    word: str
    fix: str
    docs: str = DOCS
    wait: float = 0


_V, _D, _N, _C = (
    ErrorClass.VALIDATION,
    ErrorClass.MISSING_DEPENDENCY,
    ErrorClass.NOT_SUPPORTED,
    ErrorClass.CONFLICT,
)
_A, _T, _P, _U = (
    ErrorClass.AUTHORISATION,
    ErrorClass.TRANSIENT,
    ErrorClass.PERIOD_CLOSED,
    ErrorClass.UNKNOWN_OUTCOME,
)
_AGAIN = "Connect it again, as an administrator of the QuickBooks company."
_REPORT = "Report this with the request number: the adapter sent something that QuickBooks does not know."
_CORRECT = "Correct the record in the source and let it sync again."

ENTRIES = (
    Entry(100, "authorisation missing", Does.RECONNECT, _A, "unauthorised", _AGAIN, OAUTH),
    Entry(110, "authorisation expired", Does.RECONNECT, _A, "unauthorised", _AGAIN, OAUTH),
    Entry(3200, "token refused", Does.RECONNECT, _A, "unauthorised", _AGAIN, OAUTH),
    Entry(120, "the person who connected it has no access any more", Does.RECONNECT, _A, "unauthorised", _AGAIN, OAUTH),
    Entry(130, "another cluster: keys and company are of different environments", Does.RECONNECT, _A,
          "wrong_environment", "Use production keys for real companies and development keys for test ones.", OAUTH),
    Entry(3100, "the app is not authorised for this company", Does.RECONNECT, _A, "unauthorised", _AGAIN, OAUTH),
    Entry(3202, "the app is not authorised for this call", Does.RECONNECT, _A, "unauthorised", _AGAIN, OAUTH),
    Entry(6190, "the subscription has lapsed", Does.RECONNECT, _A, "subscription_lapsed",
          "Renew the QuickBooks subscription, then connect it again."),
    Entry(10200, "the company's data was reset", Does.RECONNECT, _A, "company_reset",
          "Nothing that was linked is there any more: connect the company anew under another connection name."),
    Entry(140, "the company is locked", Does.WAIT, _T, "books_locked", "Nothing to do; it is tried again.", DOCS, 300),
    Entry(150, "the company is under maintenance", Does.WAIT, _T, "books_locked", "Nothing to do; it is tried again.",
          DOCS, 300),
    Entry(3001, "too many requests", Does.WAIT, _T, "throttled", "Nothing to do; it is tried again.", THROTTLES, 60),
    Entry(500, "unsupported operation, or an outage that looks like one", Does.REFUSED, _N, "not_supported", _REPORT),
    Entry(600, "the requestid was used before", Does.LOOK, _U, "request_id_used", "The hub looks in the books."),
    Entry(2130, "the requestid is malformed", Does.REFUSED, _V, "bad_request_id", _REPORT),
    Entry(610, "the object is gone or inactive", Does.GONE, _D, "gone",
          "Make it active again in QuickBooks, or create the record anew in the source."),
    Entry(620, "the documents cannot be linked", Does.REFUSED, _V, "cannot_link",
          "Look at the invoice in QuickBooks: it may be paid already, or belong to another customer."),
    Entry(1040, "too many operations in one batch", Does.REFUSED, _V, "batch_too_large", "Lower batch_size."),
    Entry(2010, "a field that QuickBooks does not know", Does.REFUSED, _V, "unknown_field", _REPORT),
    Entry(2020, "a required field is missing", Does.REFUSED, _V, "field_missing", _CORRECT, COMMON),
    Entry(2030, "an id is malformed", Does.REFUSED, _V, "bad_id", "Import the lists again, then sync.", COMMON),
    Entry(2040, "characters that are not allowed", Does.REFUSED, _V, "bad_characters",
          "Take colons, tabs, quotes and line breaks out of the name.", COMMON),
    Entry(2050, "a text is too long", Does.REFUSED, _V, "too_long", "Shorten the text that is named.", COMMON),
    *(Entry(code, "a number, date or word is out of range", Does.REFUSED, _V, "bad_value", _CORRECT)
      for code in (2060, 2070, 2080, 2090, 2100, 2110, 2120, 2140, 2150, 2160, 2170)),
    Entry(2300, "debits and credits differ", Does.REFUSED, _V, "does_not_balance", _CORRECT),
    Entry(2500, "it refers to something that is gone or inactive", Does.REFUSED, _D, "missing_reference",
          "Make it active again in QuickBooks, or name another.", COMMON),
    Entry(4000, "the query cannot be read", Does.REFUSED, _V, "bad_query", _REPORT),
    Entry(4001, "the query asks for what cannot be asked", Does.REFUSED, _V, "bad_query", _REPORT),
    Entry(5010, "somebody changed it meanwhile", Does.STALE, _C, "stale_version",
          "Nothing to do; it is read again and merged.", COMMON),
    Entry(5020, "the person who connected it lacks the right", Does.REFUSED, _A, "permission",
          "Give that person the right in QuickBooks, or connect as an administrator."),
    Entry(5030, "this QuickBooks plan or preference does not have it", Does.REFUSED, _N, "not_in_plan",
          "Switch the feature on in QuickBooks, or take this record type out of the policy."),
    Entry(6000, "a business rule of QuickBooks", Does.REFUSED, _V, "business_rule",
          "Read QuickBooks' own words; mend it there or in the source.", COMMON),
    Entry(6070, "amount and quantity × price differ", Does.REFUSED, _V, "amount_differs",
          "Report this: the line's amount could not be expressed."),
    Entry(6080, "all parts of the name are empty", Does.REFUSED, _V, "name_missing", "Give it a name."),
    Entry(6140, "the document number is taken", Does.NUMBER, _C, "duplicate_number",
          "Give the document another number in the source."),
    Entry(6180, "more than five levels deep", Does.REFUSED, _V, "too_deep", "Attach it to a higher parent."),
    Entry(6200, "dated on or before the closing date", Does.REFUSED, _P, "period_closed",
          "Date it after the closing date, or re-open the period in QuickBooks."),
    Entry(6210, "dated on or before the closing date", Does.REFUSED, _P, "period_closed",
          "Date it after the closing date, or re-open the period in QuickBooks."),
    Entry(6220, "it has a balance or quantity", Does.REFUSED, _V, "has_balance",
          "Bring its balance or quantity to zero in QuickBooks first."),
    Entry(6240, "the name is taken", Does.NAME, _C, "duplicate_name",
          "Rename it in the source, or link it to the existing entity, or use that as its proxy.", COMMON),
    Entry(6250, "the parent does not fit", Does.REFUSED, _V, "bad_parent", "Choose another parent.", COMMON),
    Entry(6270, "dated before the item's inventory start date", Does.REFUSED, _V, "before_inventory_start",
          "Set inventory_start earlier, or correct the start date of the item in QuickBooks."),
    Entry(6430, "the type of account does not fit", Does.REFUSED, _V, "bad_account_type", "Choose another account.",
          COMMON),
    Entry(6450, "it is settled already", Does.REFUSED, _V, "settled", "Undo the settlement in QuickBooks first."),
    Entry(6480, "it is matched with a bank transaction", Does.REFUSED, _V, "matched",
          "Undo the match in QuickBooks' banking page first."),
    Entry(6540, "it is part of a bank deposit", Does.REFUSED, _V, "deposited",
          "Take it out of the deposit in QuickBooks first."),
    Entry(10000, "QuickBooks failed", Does.LOOK, _U, "books_failed", "The hub looks in the books, then tries again."),
)  # fmt: skip
CATALOGUE = {entry.code: entry for entry in ENTRIES}

PASSING = ("unexpected error", "wait a few", "please wait", "try again later")
"""Words with which 6000 means an outage, not a rule: then nobody knows what was done."""
