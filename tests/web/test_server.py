"""The server under real connections: who waits for whom, and what it does not put up with."""

import gc
import socket
import struct
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from flask import request as asked

from kit.desk import WAIT, Desk, Line, chunked_head, running
from webapp.serving import server as serving
from webapp.serving.connections import CONNECTION
from webapp.serving.listener import listen
from webapp.serving.server import Server
from webapp.serving.site import Site


@pytest.fixture(params=[False, True], ids=["one server", "split"])
def desk(request):
    return Desk(is_split=request.param)


@pytest.fixture
def server(desk):
    with running(desk) as opened:
        yield opened


@pytest.fixture
def no_collection():
    """Keeps the garbage collector off."""
    gc.disable()
    yield
    gc.enable()


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


def test_a_promise_that_cannot_be_kept_is_refused(desk):
    with running(desk, patience_seconds=0.1) as server, closing(Line(server)) as asked:
        desk.promised.set_exception(LookupError())
        assert asked.ask("/loop/promise").answer() == (503, "busy")


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


def test_a_trailer_is_no_header(line):
    chunked = line()
    chunked.socket.sendall(chunked_head("/loop/echo") + b"0\r\nX-From: mallory\r\n\r\n")
    assert chunked.answer() == (200, "/loop/echo  0")


UPGRADE = {"Connection": "Upgrade", "Upgrade": "h2c"}


def test_a_request_that_asks_for_another_protocol_is_answered_in_this_one(line):
    asked = line().ask("/echo?a", **UPGRADE)
    assert asked.answer() == (200, "/echo?a  0")
    assert asked.is_hung_up()


def test_the_body_of_such_a_request_is_never_taken_for_a_request(line):
    smuggling = line().ask("/echo", b"POST /echo?b HTTP/1.1\r\nHost: desk\r\n\r\n", **UPGRADE)
    assert smuggling.answer()[0] == 400
    assert smuggling.is_hung_up()


def test_a_client_that_sends_no_more_gets_its_answer(desk, line):
    half_closed = line().ask("/loop/promise")
    half_closed.socket.shutdown(socket.SHUT_WR)
    assert desk.is_asked.wait(WAIT)
    desk.promised.set_result(None)
    assert half_closed.head()[0] == 204
    assert half_closed.is_hung_up()


def test_clients_that_leave_fill_no_log(desk, caplog):
    reset = struct.pack("ii", 1, 0)
    with running(desk) as server, closing(Line(server)) as other:
        with closing(Line(server)) as leaving:
            leaving.ask("/slow", method="GET").ask("/slow", method="GET")
            assert desk.is_asked.wait(WAIT)
            leaving.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        assert other.ask("/loop/echo").answer()[0] == 200  # the loop has seen the reset
    assert caplog.records == []


def test_whatever_has_the_proof_is_answered_by_the_loops_app(line):
    assert line().ask("/livez", method="GET").answer() == (200, "alive\n")
    assert line().ask("/livez", method="GET", X0Proof="yes").answer()[0] == 404


@pytest.mark.parametrize(("path", "size"), [("/loop/echo", 2**20), ("/upload", 3 * 2**20)])
def test_a_large_body_comes_whole(line, path, size):
    assert line().ask(path, b"x" * size, Cookie="ada").answer()[1] == f"{path}  {size}"


@pytest.mark.parametrize("path", ["/seen/", "/loop/seen/"])
def test_a_view_sees_the_decoded_path_and_the_raw_target(line, path):
    target = f"{path}%C3%A9?a=%2B1"
    assert line().ask(target, b"x").answer() == (200, f"é {target}  x")


@pytest.mark.parametrize("path", ["/seen/a", "/loop/seen/a"])
def test_a_body_in_chunks_is_joined(line, path):
    asked = line()
    asked.socket.sendall(chunked_head(path) + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
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
    assert sum(len(part) for part in iter(asked.part, b"")) == 64 * 2**20


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
        assert asked.file.read(4) == b"more"
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
    Server(Site(desk.app), listener=listen("127.0.0.1", 0)).stop()


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("path", ["/echo", "/loop/echo"])
def test_a_connection_that_ended_takes_no_memory(desk, server, path):
    is_freed, watched = threading.Event(), []

    @desk.app.after_request
    def watch(response):
        connection = asked.environ["asgi.scope"][CONNECTION]
        watched.append(weakref.ref(connection, lambda _: is_freed.set()))
        return response

    with closing(Line(server)) as opened:
        assert opened.ask(path).answer()[0] == 200
    assert is_freed.wait(WAIT)
