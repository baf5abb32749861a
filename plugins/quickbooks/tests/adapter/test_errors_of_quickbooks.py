"""Every shape in which QuickBooks tells an error is read, and every code has one meaning, a class and a fix."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hub_quickbooks.catalogue import CATALOGUE, ENTRIES, Does
from hub_quickbooks.envelopes import Said, open_envelope
from hub_quickbooks.faults import judge, outcome_of, raised, trouble_in

from hub.adapters import Conflict, Rejected, Unauthorised, Unknown, Waiting
from hub.errors import AuthorisationLost, BooksProblem, ErrorClass
from hub.http import Action, Meaning, Reply, Shape, dump_json

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SERVICE = (
    '{"Fault":{"Error":[{"Message":"Duplicate Name Exists Error","Detail":"The name supplied already exists. : null",'
    '"code":"6240"}],"type":"ValidationFault"},"time":"2026-11-24T04:00:00.000-08:00"}'
)
GATEWAY = (
    '{"warnings":null,"intuitObject":null,"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200;'
    ' statusCode=401","detail":"Token expired: abc","code":"3200","element":null}],"type":"AUTHENTICATION"},'
    '"report":null,"queryResponse":null,"batchItemResponse":[],"time":1732450000000}'
)
HIDDEN = (
    '{"fault":{"error":[{"message":"message=ThrottleExceeded; errorCode=003001; statusCode=429"}],"type":"SERVICE"}}'
)
XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse time="x" '
    'xmlns="http://schema.intuit.com/finance/v3"><Fault type="AUTHENTICATION"><Error code="3200">'
    "<Message>message=ApplicationAuthenticationFailed; errorCode=003200; statusCode=401</Message></Error></Fault>"
    "</IntuitResponse>"
)
OAUTH = '{"error":"invalid_grant","error_description":"Incorrect or invalid refresh token"}'
SEVERAL = (
    '{"Fault":{"Error":[{"Message":"a","Detail":"b","code":"2020","element":"Line"},'
    '{"Message":"Stale","Detail":"c","code":"5010"}],"type":"ValidationFault"}}'
)


@pytest.mark.parametrize(
    ("body", "shape", "codes", "kind"),
    [
        (SERVICE, Shape.JSON, [6240], "ValidationFault"),
        (GATEWAY, Shape.JSON, [3200], "AUTHENTICATION"),
        (HIDDEN, Shape.JSON, [3001], "SERVICE"),
        (XML, Shape.XML, [3200], "AUTHENTICATION"),
        (OAUTH, Shape.JSON, [0], "oauth"),
        (SEVERAL, Shape.JSON, [2020, 5010], "ValidationFault"),
        ("<html><body>502 Bad Gateway</body></html>", Shape.HTML, [], ""),
        ('<?xml version="1.0"?>', Shape.EMPTY, [], ""),
        ("", Shape.EMPTY, [], ""),
        ('{"Customer": {"Id": "1"', Shape.GARBLED, [], ""),
        ("[1, 2]", Shape.GARBLED, [], ""),
        ('{"Fault": {"Error": "all wrong"}}', Shape.JSON, [0], ""),
        ('{"Fault": {"Error": [{"code": "9999999999999"}]}}', Shape.JSON, [0], ""),
        ("<IntuitResponse/>", Shape.XML, [], ""),
    ],
)
def test_each_envelope_is_read(body: str, shape: Shape, codes: list[int], kind: str) -> None:
    envelope = open_envelope(body.encode())
    assert (envelope.shape, [said.code for said in envelope.errors], envelope.kind) == (shape, codes, kind)
    assert envelope.content is None


def test_a_document_without_a_fault_is_content() -> None:
    assert open_envelope(b'{"Customer": {"Id": "1"}}').content == {"Customer": {"Id": "1"}}


def test_what_the_books_say_is_told_once_and_in_one_line() -> None:
    error = b'{"Message":"Name is long","Detail":"name is long:  x\\n.","code":"2050","element":"Name"}'
    (said,) = open_envelope(b'{"Fault":{"Error":[' + error + b"]}}").errors
    assert said.words == "name is long: x (Name)"


def fault(code: int, status: int = 400, action: Action = Action.WRITE, detail: str = "words"):
    error = {"Message": "m", "Detail": detail, "code": str(code)}
    body = dump_json({"Fault": {"Error": [error], "type": "ValidationFault"}})
    trouble, _ = trouble_in(action, Reply(status=status, body=body, request_id="1-a"), 60)
    assert trouble is not None
    return trouble


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.code))
def test_every_code_of_the_catalogue_has_an_outcome_a_class_and_a_fix(entry) -> None:
    assert entry.fix
    assert entry.fix.endswith((".", "again."))
    assert entry.docs.startswith("https://developer.intuit.com/")
    trouble = fault(entry.code)
    outcome = outcome_of(trouble, NOW)
    match entry.does:
        case Does.REFUSED | Does.GONE:
            assert isinstance(outcome, Rejected)
            assert outcome.fault.error is entry.error
            assert entry.fix in outcome.fault.fix
            assert outcome.fault.code == f"quickbooks_{entry.word}"
            assert f"[{entry.code}]" in outcome.fault.message
            assert "1-a" in outcome.fault.message
        case Does.STALE | Does.NAME | Does.NUMBER:
            assert isinstance(outcome, Conflict)
        case Does.WAIT:
            assert isinstance(outcome, Waiting)
            assert outcome.until > NOW
        case Does.RECONNECT:
            assert isinstance(outcome, Unauthorised)
            assert entry.fix in outcome.message
        case Does.LOOK:
            assert isinstance(outcome, Unknown)


def test_no_code_stands_twice() -> None:
    assert len(CATALOGUE) == len(ENTRIES)


@pytest.mark.parametrize("entry", [each for each in ENTRIES if each.does is not Does.WAIT], ids=lambda e: str(e.code))
def test_X3_a_refusal_under_a_5xx_is_no_refusal(entry) -> None:
    assert isinstance(outcome_of(fault(entry.code, status=500), NOW), Unknown)


def test_a_code_that_nobody_knows_is_refused_only_where_the_status_says_so() -> None:
    assert isinstance(outcome_of(fault(9999), NOW), Rejected)
    assert isinstance(outcome_of(fault(9999, status=503), NOW), Unknown)
    unknown = judge(Action.WRITE, open_envelope(b'{"Fault":{"Error":[{"code":"9999"}],"type":"SystemFault"}}').errors,
                    kind="SystemFault")  # fmt: skip
    assert unknown.does is Does.LOOK


def test_6000_is_a_rule_or_an_outage_by_its_words() -> None:
    assert isinstance(outcome_of(fault(6000), NOW), Rejected)
    passing = fault(6000, detail="An unexpected error occurred. Please wait a few minutes and try again.")
    assert isinstance(outcome_of(passing, NOW), Unknown)


def test_the_worst_of_several_errors_decides() -> None:
    trouble, _ = trouble_in(Action.WRITE, Reply(status=400, body=SEVERAL.encode()), 60)
    assert trouble is not None
    assert trouble.does is Does.STALE


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [(401, GATEWAY, Unauthorised), (401, XML, Unauthorised), (401, "", Unauthorised), (403, "<html>", Unauthorised),
     (429, HIDDEN, Waiting), (429, "", Waiting), (403, HIDDEN, Waiting), (404, "", Rejected), (400, "", Rejected),
     (500, "", Unknown), (503, "<html>", Unknown), (504, XML, Unknown), (200, SERVICE, Conflict), (302, "", Unknown)],
)  # fmt: skip
def test_what_a_write_is_told(status: int, body: str, kind: type) -> None:
    trouble, _ = trouble_in(Action.WRITE, Reply(status=status, body=body.encode()), 60)
    assert trouble is not None
    assert isinstance(outcome_of(trouble, NOW), kind), trouble


def test_the_time_that_a_throttled_answer_names_is_kept_to() -> None:
    trouble, _ = trouble_in(Action.WRITE, Reply(status=429, body=b"", headers={"retry-after": "7"}), 60)
    assert trouble is not None
    assert outcome_of(trouble, NOW) == Waiting(until=NOW + timedelta(seconds=7), reason=trouble.message)
    trouble, _ = trouble_in(Action.WRITE, Reply(status=429, body=b"", headers={"Retry-After": "a while"}), 60)
    assert trouble is not None
    assert trouble.seconds == 60


def test_who_has_the_number_is_looked_up_and_not_read_from_the_words_which_may_name_another_kind() -> None:
    said = "DocNumber=S-7 is assigned to TxnType=SalesReceipt with TxnId=45823"
    outcome = outcome_of(fault(6140, detail=said), NOW)
    assert outcome == Conflict(code=Conflict.DUPLICATE_NUMBER, message=outcome.message, remote_id=None)
    told = outcome_of(fault(6140, detail=said), NOW, "7")
    assert isinstance(told, Conflict)
    assert told.remote_id == "7"


def test_a_fault_in_a_good_answer_that_refuses_nothing_clearly_leaves_open_what_happened() -> None:
    for kind in ("", "ServiceFault"):
        found = judge(Action.WRITE, [Said(code=0, message="", detail="")], 200, kind=kind)
        assert isinstance(outcome_of(found, NOW), Unknown)
    clear = judge(Action.WRITE, [Said(code=99999, message="no", detail="")], 200, kind="ValidationFault")
    assert isinstance(outcome_of(clear, NOW), Rejected)


def test_maintenance_that_begins_in_the_middle_of_a_write_leaves_open_what_happened() -> None:
    assert isinstance(outcome_of(judge(Action.WRITE, [Said(code=150, message="", detail="")], 503), NOW), Unknown)
    assert isinstance(outcome_of(judge(Action.WRITE, [Said(code=3001, message="", detail="")], 503), NOW), Waiting)


def test_a_read_that_failed_is_an_error_for_people() -> None:
    lost = raised(fault(3200, status=401, action=Action.READ))
    assert isinstance(lost, AuthorisationLost)
    later = raised(fault(10000, status=500, action=Action.READ))
    assert isinstance(later, BooksProblem)
    assert (later.fix, later.details["request_id"]) == ("Try again later.", "1-a")
    assert fault(10000, status=500, action=Action.READ).meaning is Meaning.AGAIN
    assert ErrorClass.VALIDATION in {entry.error for entry in ENTRIES}
