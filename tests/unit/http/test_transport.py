"""What was not sent, what was not answered, and what came back are three different things."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import timedelta

import pytest
import requests
import responses
from urllib3 import HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, SSLError

from hub.http import Budget, Limit, NoAnswer, NoRoom, NotSent, Redactor, Transport

URL = "https://books.example/v3/company/1/invoice"


def transport(clock, **more) -> Transport:
    return Transport(read_seconds=5, now=clock.now, id_header="intuit_tid", **more)


def soon(clock):
    return clock.at + timedelta(seconds=30)


@responses.activate
def test_an_answer_comes_back_whole_with_its_request_id(clock) -> None:
    responses.post(URL, body=b'{"a":1.10}', status=400, headers={"intuit_tid": "1-abc"})
    reply = transport(clock).send("POST", URL, deadline=soon(clock), body=b"{}")
    assert (reply.status, reply.body, reply.request_id) == (400, b'{"a":1.10}', "1-abc")


@responses.activate
def test_a_redirect_is_not_followed(clock) -> None:
    responses.get(URL, status=302, headers={"Location": "https://elsewhere.example/"})
    assert transport(clock).send("GET", URL, deadline=soon(clock)).status == 302


@responses.activate
def test_nothing_leaves_after_the_deadline(clock) -> None:
    answer = responses.post(URL)
    with pytest.raises(NotSent):
        transport(clock).send("POST", URL, deadline=clock.at, body=b"{}")
    assert answer.call_count == 0


@pytest.mark.parametrize(
    "fault",
    [requests.ReadTimeout("x"), requests.ConnectionError("reset"), requests.exceptions.ChunkedEncodingError("cut"),
     requests.exceptions.ContentDecodingError("bad")],
)  # fmt: skip
@responses.activate
def test_X3_a_call_that_broke_off_may_have_arrived(clock, fault: Exception) -> None:
    responses.post(URL, body=fault)
    with pytest.raises(NoAnswer):
        transport(clock).send("POST", URL, deadline=soon(clock), body=b"{}")


def _tls(reason: ssl.SSLError) -> requests.exceptions.SSLError:
    """As urllib3 and requests wrap what TLS reports."""
    return requests.exceptions.SSLError(MaxRetryError(HTTPSConnectionPool("books.example"), URL, SSLError(reason)))


@responses.activate
def test_X3_tls_that_breaks_off_may_do_so_with_the_answer(clock) -> None:
    responses.post(URL, body=_tls(ssl.SSLEOFError("EOF occurred in violation of protocol")))
    with pytest.raises(NoAnswer):
        transport(clock).send("POST", URL, deadline=soon(clock), body=b"{}")


@responses.activate
def test_a_certificate_that_is_refused_lets_nothing_leave(clock) -> None:
    responses.post(URL, body=_tls(ssl.SSLCertVerificationError("self-signed certificate")))
    with pytest.raises(NotSent):
        transport(clock).send("POST", URL, deadline=soon(clock), body=b"{}")


def test_a_refused_connection_sent_nothing(clock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(NotSent) as told:
        transport(clock).send("POST", f"http://127.0.0.1:{port}/x", deadline=soon(clock), body=b"{}")
    assert f"127.0.0.1:{port}" in str(told.value)


def test_a_server_that_hangs_up_without_an_answer_leaves_doubt(clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            line, _ = server.accept()
            line.recv(1000)
            line.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NoAnswer):
            transport(clock).send(
                "POST", f"http://127.0.0.1:{server.getsockname()[1]}/x", deadline=soon(clock), body=b"{}"
            )
        thread.join()


@responses.activate
def test_secrets_stay_out_of_what_is_raised(clock) -> None:
    responses.post(URL, body=requests.ConnectionError("Bearer tok-abcdefgh1234"))
    with pytest.raises(NoAnswer) as told:
        transport(clock, redact=Redactor(["tok-abcdefgh1234"])).send("POST", URL, deadline=soon(clock), body=b"{}")
    assert "abcdefgh1234" not in str(told.value)
    assert told.value.__cause__ is None


@responses.activate
def test_the_budget_stands_before_every_call(clock) -> None:
    responses.get(URL)
    budget = Budget([Limit(calls=1, seconds=60)], at_once=8, now=clock.now, sleep=clock.sleep)
    line = transport(clock, budget=budget)
    line.send("GET", URL, deadline=soon(clock), kind="call")
    with pytest.raises(NoRoom):
        line.send("GET", URL, deadline=soon(clock), kind="call")
