"""One message, sent once, to the address that was checked; whatever the other side does, it ends in time."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from hub.errors import InvalidInput
from hub.webhooks.sending import Answer, Sender, resolve

Behaviour = Callable[[socket.socket, list[bytes]], None]


@contextmanager
def receiver(behave: Behaviour) -> Iterator[tuple[int, list[bytes]]]:
    """A server on this machine that behaves so; its port, and what it was sent."""
    heard: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                behave(self.request, heard)
            except OSError:
                pass

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads, block_on_close = True, True, False

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1], heard
        server.shutdown()


def hear(line: socket.socket, heard: list[bytes]) -> None:
    got = b""
    while not got.endswith(b"hello"):
        got += line.recv(65536)
    heard.append(got)


def answering(head: bytes, body: bytes = b"") -> Behaviour:
    def behave(line: socket.socket, heard: list[bytes]) -> None:
        hear(line, heard)
        line.sendall(b"HTTP/1.1 " + head + b"\r\ncontent-length: " + str(len(body)).encode() + b"\r\n\r\n" + body)

    return behave


def send(port: int, sender: Sender | None = None, host: str = "127.0.0.1") -> Answer:
    return (sender or Sender(private=True, deadline=5))(f"http://{host}:{port}/hook?a=1", {"webhook-id": "m"}, b"hello")


def test_a_message_is_taken_with_any_2xx_and_arrives_as_it_was_given() -> None:
    with receiver(answering(b"204 No Content")) as (port, heard):
        answer = send(port)
    assert (answer.status, answer.error) == (204, "")
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{port}".encode() in head.lower()
    assert b"webhook-id: m" in head
    assert body == b"hello"


@pytest.mark.parametrize(
    ("head", "status", "words"),
    [
        (b"500 Oops", 500, "answered 500"), (b"404 Not Found", 404, "404 Not Found"), (b"410 Gone", 410, "410 Gone"),
        (b"302 Found\r\nlocation: http://169.254.169.254/", 302, "follow nobody"), (b"999 What", 999, "999"),
    ],
)  # fmt: skip
def test_everything_else_is_a_failure_and_no_redirect_is_followed(head: bytes, status: int, words: str) -> None:
    with receiver(answering(head)) as (port, heard):
        answer = send(port)
    assert answer.status == status
    assert words in answer.error
    assert len(heard) == 1


def test_of_a_long_answer_a_few_kilobytes_are_read() -> None:
    sent: list[int] = []

    def behave(line: socket.socket, heard: list[bytes]) -> None:
        hear(line, heard)
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        try:
            while True:
                sent.append(line.send(b"x" * 65536))
        except OSError:
            pass

    with receiver(behave) as (port, _):
        answer = send(port)
    assert (answer.status, answer.error) == (200, "")
    assert sum(sent) < 50_000_000


@pytest.mark.parametrize("drop", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nx: "])
def test_a_receiver_that_drips_or_says_nothing_is_cut_off_at_the_deadline(drop: bytes) -> None:
    def behave(line: socket.socket, heard: list[bytes]) -> None:
        hear(line, heard)
        line.sendall(drop)
        while True:
            time.sleep(0.05)
            line.sendall(b"y" if drop.endswith(b" ") else b"z: 1\r\n" if drop else b"")

    with receiver(behave) as (port, _):
        answer = send(port, Sender(private=True, deadline=0.5))
    assert answer.status is None
    assert "in time" in answer.error


ENDLESS = b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300 + b"\r\n"


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9\r\n", b"\x15\x03\x01", b"HTTP/1.1 abc\r\n\r\n", ENDLESS])
def test_an_answer_that_is_not_http_is_told_as_that(said: bytes) -> None:
    def behave(line: socket.socket, heard: list[bytes]) -> None:
        hear(line, heard)
        line.sendall(said)

    with receiver(behave) as (port, _):
        answer = send(port)
    assert answer.status is None
    assert "no answer that is HTTP" in answer.error


def test_a_receiver_that_hangs_up_or_is_not_there_is_told_in_plain_words() -> None:
    with receiver(lambda line, heard: line.close()) as (port, _):
        assert send(port).error
    assert "Nothing listens" in send(port).error


def test_the_connection_goes_to_the_very_address_that_was_checked() -> None:
    """A name server that answers otherwise the second time (rebinding) is never asked a second time."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with receiver(answering(b"200 OK")) as (port, heard):
        answer = send(port, Sender(private=True, resolve=rebinding, deadline=5), host="no-such-name.invalid")
    assert (answer.status, asked) == (200, ["no-such-name.invalid"])
    assert f"host: no-such-name.invalid:{port}".encode() in heard[0].lower()


def test_what_leads_inside_is_not_even_connected_to() -> None:
    with receiver(answering(b"200 OK")) as (port, heard):
        sender = Sender(resolve=lambda host, port: ["127.0.0.1"])
        answer = sender(f"https://app.example.com:{port}/", {}, b"hello")
        assert "private network" in answer.error
        with pytest.raises(InvalidInput, match="private network"):
            sender.check(f"https://app.example.com:{port}/")
    assert heard == []


def test_over_https_the_certificate_must_be_the_name_s() -> None:
    with receiver(lambda line, heard: line.sendall(b"not TLS at all")) as (port, _):
        sender = Sender(private=True, resolve=lambda host, port: ["127.0.0.1"], deadline=5)
        answer = sender(f"https://app.example.com:{port}/", {}, b"hello")
    assert "secure connection" in answer.error


def test_the_second_address_is_tried_when_the_first_does_not_answer() -> None:
    with receiver(answering(b"200 OK")) as (port, _):
        sender = Sender(private=True, resolve=lambda host, port: ["127.0.0.3", "127.0.0.1"], deadline=5)
        assert send(port, sender, host="two.example.com").status == 200


def test_a_name_that_nobody_knows_is_told_as_that() -> None:
    with pytest.raises(InvalidInput, match="cannot be found"):
        resolve("no-such-name.invalid", 443)
