"""What endpoints can do to the program that posts to them, and where it does not post at all."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from unittest.mock import patch

import pytest

from kit.raw_http import Asked, read_request
from kit.webhook_consumer import consumer
from ledger.errors import BadInput
from webapp.webhooks.addresses import check_url
from webapp.webhooks.posting import Answer, Poster

PRIVATE = "127.0.0.1"


@pytest.mark.parametrize(
    "url",
    [
        "http://records.school.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:192.168.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b:1::1]/",
        "https://[::127.0.0.1]/",
        "https://[fec0::1]/",
        "https://[2002:7f00:1::]/",
        "https://100.64.0.1/",
        "https://localhost/",
        "https://user:password@records.school.example/",
        "https://@records.school.example/",
        "https://records.school.example:99999/",
        "https://records.school.example/\\r\\nHost: other",
        "https:///nothing",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_leads_inside_is_refused(url):
    with pytest.raises(BadInput):
        check_url(url, allows_private=False)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_a_name_that_leads_inside_is_refused_when_it_is_connected_to(host):
    with consumer() as inside:
        port = inside.url.partition("//")[2].partition(":")[2].partition("/")[0]
        answer = Poster(f"http://{host}:{port}/", allows_private=False).post({}, "{}")
    assert answer.error == "refused here: the name leads to a private address"
    assert not inside.taken


def test_of_a_name_with_two_addresses_the_private_one_is_not_connected_to():
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (port, requests):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PRIVATE, port))]
        with patch("socket.getaddrinfo", lambda *_names, **_options: found * 2):
            answer = Poster(f"http://two.example:{port}/", allows_private=False).post({}, "{}")
    assert answer.error == "refused here: the name leads to a private address"
    assert requests == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "the answer was not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000, "the answer was not HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "the answer was not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the answer was not HTTP"),
        (b"", "the connection was broken"),
    ],
)
def test_an_answer_that_is_not_http_is_no_answer(answer, expected):
    assert posted(answer).error == expected


def test_of_a_very_large_answer_the_beginning_is_read():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"
    answer = posted(head + b"y" * 10_000)
    assert (answer.status_code, answer.text) == (200, "y" * 200)


def test_a_compressed_answer_is_not_expanded():
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
    assert posted(head + b"\x1f\x8b\x08\x00").text.startswith("\x1f")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_an_answer_that_never_ends_is_left_after_the_longest_time(head):
    with patch("webapp.webhooks.posting.LONGEST_SECONDS", 0.3):
        answer = posted(head, then=head or b"H")
    assert answer.error in {"no answer in time", "the answer was not HTTP"}
    assert answer.seconds < 5


def test_a_connection_with_half_an_answer_is_not_used_again():
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
    with answering(half) as (port, requests):
        poster = Poster(f"http://{PRIVATE}:{port}/", allows_private=True)
        assert [poster.post({}, "{}").status_code for _time in range(2)] == [200, 200]
        poster.close()
    assert len(requests) == 2


def posted(answer: bytes, *, then: bytes = b"") -> Answer:
    """What came of a request that is answered by these bytes, and by `then` again and again."""
    with answering(answer, then) as (port, _requests):
        poster = Poster(f"http://{PRIVATE}:{port}/", allows_private=True)
        try:
            return poster.post({}, "{}")
        finally:
            poster.close()


@contextmanager
def answering(answer: bytes, then: bytes = b"") -> Iterator[tuple[int, list[Asked | None]]]:
    """The port of a server that answers each connection so, and the requests that it gets."""
    requests: list[Asked | None] = []
    ended = threading.Event()

    def serve() -> None:
        while True:
            connection, _address = listening.accept()
            if ended.is_set():
                connection.close()
                return
            with connection, suppress(OSError):
                requests.append(read_request(connection))
                connection.sendall(answer)
                while then and not ended.wait(0.01):
                    connection.sendall(then)

    with socket.create_server((PRIVATE, 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        port = listening.getsockname()[1]
        try:
            yield port, requests
        finally:
            ended.set()
            socket.create_connection((PRIVATE, port)).close()
            thread.join()
