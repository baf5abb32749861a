"""Every way the books say no, with the real codes, HTTP statuses and envelopes (facts §9)."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

MESSAGES: dict[int, str] = {
    500: "Unsupported Operation",
    610: "Object Not Found",
    620: "Transaction Cannot Be Linked",
    1040: "Batch Size Exceeds Allowed Limit",
    2000: "Invalid or unsupported object name",
    2010: "Request has invalid or unsupported property",
    2020: "Required param missing, need to supply the required value for the API",
    2030: "Invalid ID",
    2040: "Invalid String",
    2050: "Invalid String Length",
    2060: "Invalid Date Format",
    2070: "Invalid Date",
    2080: "Invalid Number Format",
    2090: "Invalid Number",
    2120: "Invalid Type",
    2130: "Invalid Request Id Format",
    2170: "Invalid Enumeration",
    2190: "Invalid Date Range",
    2210: "Invalid Email Address Format",
    2230: "Invalid Boolean",
    2250: "Missing Lines",
    2260: "Missing Posting Type",
    2290: "Negative Amount",
    2300: "Amount on debits not equal to credits",
    2500: "Invalid Reference Id",
    3001: "message=ThrottleExceeded; errorCode=003001; statusCode=429",
    3100: "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",
    3200: "message=AuthenticationFailed; errorCode=003200; statusCode=401",
    4000: "Error parsing query",
    4001: "Invalid query",
    5010: "Stale Object Error",
    6000: "A business validation error has occurred while processing your request",
    6030: "Upload Request Size Exceeds Allowed Limit",
    6070: "Amount calculation incorrect in the request",
    6080: "No Name Provided",
    6100: "Invalid Line TaxCode in the request",
    6140: "Duplicate Document Number Error",
    6180: "Sub Level Limit",
    6200: "Account Period Closed",
    6210: "Account Period Closed, Cannot Update Through Services API",
    6220: "Delete Entity Has Balance Error",
    6240: "Duplicate Name Exists Error",
    6270: "Transaction Date Before Inventory Start Date",
    6540: "Deposited Transaction Cannot Be Changed",
    10000: "An application error has occurred while processing your request",
}


@dataclass(slots=True)
class Refusal(Exception):
    """One or no change was made: the code, what the books say about it, and what it concerns."""

    code: int
    detail: str
    element: str | None = None
    status: int = 400
    type: str = "ValidationFault"

    def as_fault(self) -> dict[str, object]:
        """The `Fault` object, as in a batch item or a whole answer."""
        error: dict[str, object] = {"Message": MESSAGES[self.code], "Detail": self.detail, "code": str(self.code)}
        if self.element is not None:
            error["element"] = self.element
        return {"Error": [error], "type": self.type}


def not_found(what: str = "") -> Refusal:
    """610: there is none, or it was deleted or made inactive."""
    about = f" ({what})" if what else ""
    return Refusal(610, f"Object Not Found : Something you're trying to use has been made inactive{about}.")


def missing(name: str) -> Refusal:
    """2020: a field that must be there is not."""
    return Refusal(2020, f"Required parameter {name} is missing in the request", name.rsplit(".", 1)[-1])


def business(detail: str, element: str | None = None) -> Refusal:
    """6000: the rule has no code of its own."""
    return Refusal(6000, f"Business Validation Error: {detail}", element)


def not_modelled(what: str) -> Refusal:
    """6000, for what the real books might accept and this sandbox would have to guess."""
    return business(f"The local sandbox does not model {what}.")


def unsupported(what: str) -> Refusal:
    """500 as a code: no such operation on such an object."""
    return Refusal(500, f"Operation {what} is not supported.")


def gateway(code: int, detail: str, status: int, type: str, millis: int) -> dict[str, object]:
    """The envelope of the gateway before the books: everything in lower case, time in milliseconds."""
    error = {"message": MESSAGES[code], "detail": detail, "code": str(code), "element": None}
    fields = ("warnings", "intuitObject")
    tail = ("report", "queryResponse", "batchItemResponse", "attachableResponse", "syncErrorResponse", "cdcresponse")
    return {
        **dict.fromkeys(fields),
        "fault": {"error": [error], "type": type},
        **dict.fromkeys(tail),
        "requestId": None,
        "time": millis,
        "status": None,
    }


def xml_fault(code: int, type: str, time: str, detail: str | None = None) -> str:
    """The envelope in XML, which comes whatever was asked for; often without a Detail."""
    inner = f"<Message>{escape(MESSAGES[code])}</Message>"
    if detail is not None:
        inner += f"<Detail>{escape(detail)}</Detail>"
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<IntuitResponse time={quoteattr(time)} xmlns="http://schema.intuit.com/finance/v3">'
        f'<Fault type={quoteattr(type)}><Error code="{code}">{inner}</Error></Fault></IntuitResponse>'
    )


HTML_PAGE = (
    "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n"
    "<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n"
)
"""What a load balancer says when the books behind it do not answer."""
