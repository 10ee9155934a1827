"""The server under real connections: who waits for whom, and what it does not put up with."""

import socket
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, request

from webapp.serving import server as serving
from webapp.serving.inline import Promise
from webapp.serving.listener import listen
from webapp.serving.server import Server

WAIT = 20
BUSY = Response("busy", status=503)


class Desk:
    """An app whose answers the test gives when it likes."""

    def __init__(self):
        self.app = Flask("desk")
        self.promised = Future()
        self.is_asked = threading.Event()
        self.is_open = threading.Event()
        self.parts = []
        self.headers = {}
        self.is_over = threading.Event()
        self.app.add_url_rule("/loop/promise", view_func=self.promise, methods=["POST"])
        self.app.add_url_rule("/loop/echo", view_func=self.echo, methods=["POST"])
        self.app.add_url_rule("/echo", view_func=self.echo, methods=["POST"])
        self.app.add_url_rule("/slow", view_func=self.slow)
        self.app.add_url_rule("/parts", view_func=self.in_parts)
        self.app.add_url_rule("/seen/<path:rest>", view_func=self.seen, methods=["POST"])
        self.app.add_url_rule("/loop/seen/<path:rest>", view_func=self.seen, methods=["POST"])

    def promise(self):
        self.is_asked.set()
        return Promise(self.promised, lambda: BUSY if self.promised.exception() else None)

    def echo(self):
        told = [request.environ["REQUEST_URI"], request.headers.get("X-From", ""), request.data]
        return " ".join([*told[:2], str(len(told[2]))])

    def seen(self, rest):
        """Answer with what a view sees of its request."""
        environ = request.environ
        assert environ["wsgi.errors"] is sys.stderr
        assert "HTTP_TRANSFER_ENCODING" not in environ
        return f"{rest} {environ['REQUEST_URI']} {environ['SCRIPT_NAME']} {request.data.decode()}"

    def slow(self):
        self.is_asked.set()
        assert self.is_open.wait(WAIT)
        return "done"

    def in_parts(self):
        def parts():
            try:
                for part in self.parts:
                    self.is_asked.set()
                    yield part
                    assert self.is_open.wait(WAIT)
            finally:
                self.is_over.set()

        return Response(parts(), headers=self.headers)


@pytest.fixture
def desk():
    return Desk()


@contextmanager
def running(desk, **options):
    server = Server(
        desk.app, listener=listen("127.0.0.1", 0), threads=2, inline="/loop/", **options
    )
    server.start()
    yield server
    desk.is_open.set()
    server.stop()


@pytest.fixture
def server(desk):
    with running(desk) as opened:
        yield opened


class Line:
    """One connection, and HTTP over it by hand."""

    def __init__(self, server):
        parts = urlsplit(server.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=WAIT)
        self.file = self.socket.makefile("rb")

    def ask(self, path, body=b"", method="POST", **headers):
        given = {"Host": "desk", "Content-Length": str(len(body))}
        given |= {name.replace("0", "-"): value for name, value in headers.items()}
        lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in given.items()), "", ""]
        self.socket.sendall("\r\n".join(lines).encode() + body)
        return self

    def head(self):
        """The status and the headers of the next answer."""
        status = int(self.file.readline().split()[1])
        headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers

    def answer(self):
        """The status and the body of the next answer."""
        status, headers = self.head()
        return status, self.file.read(int(headers.get("content-length", 0))).decode()

    def part(self):
        """The next part of an answer that comes in parts."""
        size = int(self.file.readline(), 16)
        return self.file.read(size + 2)[:-2]

    def is_hung_up(self):
        return self.socket.recv(1000) == b""

    def close(self):
        self.file.close()
        self.socket.close()


@pytest.fixture
def line(server):
    lines = []

    def connect():
        lines.append(Line(server))
        return lines[-1]

    yield connect
    for each in lines:
        each.close()


def test_a_promise_is_answered_when_its_future_is_done(desk, line):
    asked = line().ask("/loop/promise")
    assert desk.is_asked.wait(WAIT)
    assert line().ask("/loop/echo").answer()[0] == 200  # the loop is free meanwhile
    desk.promised.set_result([1])
    assert asked.answer() == (204, "")


def test_a_promise_that_cannot_be_kept_is_refused(desk, line):
    asked = line().ask("/loop/promise")
    assert desk.is_asked.wait(WAIT)
    desk.promised.set_exception(LookupError())
    assert asked.answer() == (503, "busy")


def test_a_promise_is_waited_for_where_there_is_no_loop(desk):
    threading.Timer(0.05, desk.promised.set_exception, [LookupError()]).start()
    assert desk.app.test_client().post("/loop/promise").status_code == 503


def test_a_client_that_leaves_during_a_promise_harms_nobody(desk, line):
    gone = line().ask("/loop/promise")
    assert desk.is_asked.wait(WAIT)
    gone.close()
    asked = line().ask("/loop/promise")
    desk.promised.set_result([1])
    assert asked.answer() == (204, "")


def test_pages_that_take_long_hold_up_no_callback(desk, line):
    slow = [line().ask("/slow", method="GET") for _ in range(5)]
    assert desk.is_asked.wait(WAIT)
    assert line().ask("/loop/echo").answer()[0] == 200
    desk.is_open.set()
    assert [each.answer() for each in slow] == [(200, "done")] * 5


def test_requests_under_way_are_answered_when_the_server_stops(desk):
    with running(desk) as server, ThreadPoolExecutor() as pool:
        asked = Line(server).ask("/loop/promise")
        assert desk.is_asked.wait(WAIT)
        stopped = pool.submit(server.stop)
        with pytest.raises(TimeoutError):
            stopped.result(0.5)
        desk.promised.set_result([1])
        assert asked.answer() == (204, "")
        stopped.result(WAIT)
        asked.close()


def test_a_connection_is_kept_for_the_next_request(line):
    kept = line()
    for number in range(3):
        assert kept.ask(f"/loop/echo?{number}").answer() == (200, f"/loop/echo?{number}  0")


def test_requests_that_are_sent_ahead_are_answered_in_their_order(line):
    ahead = line().ask("/echo?1", b"x").ask("/loop/echo?2").ask("/echo?3", b"xyz")
    assert [ahead.answer()[1] for _ in range(3)] == ["/echo?1  1", "/loop/echo?2  0", "/echo?3  3"]


def test_hundreds_of_idle_connections_delay_no_request(line):
    for _ in range(300):
        line()
    assert line().ask("/loop/echo").answer()[0] == 200


def test_a_header_with_an_underscore_is_dropped(line):
    assert line().ask("/loop/echo", X_From="mallory").answer()[1] == "/loop/echo  0"
    assert line().ask("/loop/echo", X0From="ada").answer()[1] == "/loop/echo ada 0"


@pytest.mark.parametrize(("path", "size"), [("/loop/echo", 2**20), ("/echo", 3 * 2**20)])
def test_a_large_body_comes_whole(line, path, size):
    assert line().ask(path, b"x" * size).answer()[1] == f"{path}  {size}"


@pytest.mark.parametrize("path", ["/seen/", "/loop/seen/"])
def test_a_view_sees_the_decoded_path_and_the_raw_target(line, path):
    target = f"{path}%C3%A9?a=%2B1"
    assert line().ask(target, b"x").answer() == (200, f"é {target}  x")


@pytest.mark.parametrize("path", ["/seen/a", "/loop/seen/a"])
def test_a_body_in_chunks_is_joined(line, path):
    asked = line()
    head = f"POST {path} HTTP/1.1\r\nHost: desk\r\nTransfer-Encoding: chunked\r\n\r\n"
    asked.socket.sendall(head.encode() + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert asked.answer() == (200, f"a {path}  abcde")


def test_the_environment_cannot_move_the_pages(line, monkeypatch):
    monkeypatch.setenv("SCRIPT_NAME", "/elsewhere")
    assert line().ask("/seen/a").answer() == (200, "a /seen/a  ")


def test_a_client_that_expects_100_continue_gets_it(line):
    asking = line().ask("/echo", method="POST", Expect="100-continue", Content0Length="3")
    assert asking.head() == (100, {})
    asking.socket.sendall(b"abc")
    assert asking.answer() == (200, "/echo  3")


def test_a_head_request_is_answered_without_a_body(desk, line):
    desk.is_open.set()
    asked = line().ask("/slow", method="HEAD")
    assert asked.head()[1]["content-length"] == "4"
    assert asked.ask("/echo").answer() == (200, "/echo  0")


def test_slow_senders_hold_no_thread(line):
    for _ in range(5):
        line().ask("/echo", b"abc", Content0Length="9")
    assert line().ask("/echo").answer() == (200, "/echo  0")


@pytest.mark.parametrize(("path", "most"), [("/loop/echo", 2**20), ("/echo", 34 * 2**20)])
def test_a_body_that_is_too_large_is_413(line, path, most):
    refused = line().ask(path, b"x" * (most + 1))
    assert refused.head()[0] == 413


def test_a_head_without_end_is_refused(line):
    endless = line()
    endless.socket.sendall(b"GET /echo HTTP/1.1\r\nX: " + b"x" * 300_000)
    assert endless.head()[0] == 400


def test_a_client_that_stops_sending_is_disconnected(desk, monkeypatch):
    monkeypatch.setattr(serving, "_SILENT_SECONDS", 0.1)
    with running(desk) as server:
        for begun in (
            b"",
            b"POST /echo HTTP/1.1\r\nContent-Le",
            b"POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
        ):
            silent = Line(server)
            silent.socket.sendall(begun)
            assert silent.is_hung_up()
            silent.close()


def test_a_client_that_waits_for_an_answer_is_not_disconnected(desk, monkeypatch):
    monkeypatch.setattr(serving, "_SILENT_SECONDS", 0.1)
    with running(desk) as server:
        waiting = Line(server).ask("/slow", method="GET")
        threading.Timer(0.5, desk.is_open.set).start()
        assert waiting.answer() == (200, "done")
        waiting.close()


def test_an_answer_in_parts_is_sent_while_it_is_made(desk, line):
    desk.parts = [b"one", b"two"]
    asked = line().ask("/parts", method="GET")
    asked.head()
    assert asked.part() == b"one"
    desk.is_open.set()
    assert [asked.part(), asked.part()] == [b"two", b""]


def test_an_answer_in_parts_ends_when_the_client_is_gone(desk, line):
    desk.parts = iter(lambda: b"more", None)
    asked = line().ask("/parts", method="GET")
    assert desk.is_asked.wait(WAIT)
    asked.close()
    desk.is_open.set()
    assert desk.is_over.wait(WAIT)


def test_an_answer_waits_for_a_reader_that_is_slow(desk, line):
    desk.parts = [b"x" * 2**20] * 64
    desk.is_open.set()
    asked = line().ask("/parts", method="GET")
    asked.head()
    assert not desk.is_over.wait(0.5)
    assert [len(asked.part()) for _ in range(65)] == [2**20] * 64 + [0]


def test_an_error_before_the_first_part_is_a_500(desk, line):
    desk.parts = iter(lambda: {}["missing"], None)
    assert line().ask("/parts", method="GET").head()[0] == 500
    assert desk.is_over.wait(WAIT)


def test_an_error_between_two_parts_ends_the_connection(desk, line):
    desk.parts = (answer["part"] for answer in ({"part": b"one"}, {}))
    desk.is_open.set()
    asked = line().ask("/parts", method="GET")
    assert asked.head()[0] == 200
    assert not asked.file.read().endswith(b"0\r\n\r\n")


def test_answers_longer_than_their_declared_length_hold_no_thread(desk, line):
    desk.parts = iter(lambda: b"more", None)
    desk.headers = {"Content-Length": "4"}
    desk.is_open.set()
    for _ in range(3):
        asked = line().ask("/parts", method="GET")
        assert asked.head()[0] == 200
        assert asked.file.read() == b"more"
    assert line().ask("/echo").answer() == (200, "/echo  0")


def test_an_endless_answer_is_cut_off_when_the_server_stops(desk, monkeypatch):
    monkeypatch.setattr(serving, "_FINISH_SECONDS", 0.1)
    desk.parts = iter(lambda: b"more", None)
    with running(desk) as server:
        asked = Line(server).ask("/parts", method="GET")
        assert asked.head()[0] == 200
        server.stop()
        desk.is_open.set()
        assert desk.is_over.wait(WAIT)
        asked.close()


def test_a_server_that_never_served_can_be_stopped(desk):
    Server(desk.app, listener=listen("127.0.0.1", 0)).stop()
