"""What the server does not put up with, over real connections; each limit is small here."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from kit.desk import LARGEST_INLINE, LARGEST_UPLOAD, WAIT, Desk, Line, chunked_head, running
from webapp.serving import body
from webapp.serving.connections import Connections, address_of
from webapp.serving.limits import Limits, default_limits
from webapp.serving.places import Places

SMALL = 64 * 1024
ECHOED = (200, "/loop/echo  0")


@pytest.fixture
def desk(request):
    return Desk(is_split=getattr(request, "param", False))


either = pytest.mark.parametrize("desk", [False, True], ids=["one server", "split"], indirect=True)
"""Where the server of the pages has a part in a limit, the test runs with and without one."""


@pytest.fixture
def lines():
    """Open connections to a server; they are closed at the end."""
    opened = []

    def connect(server, sent=b""):
        opened.append(Line(server))
        opened[-1].socket.sendall(sent)
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


# More connections than there is room for.

WAITING = {
    "sends nothing": b"",
    "never ends its head": b"POST /loop/echo HTTP/1.1\r\nHost: desk\r\nX-Mo",
    "never ends its body": b"POST /loop/echo HTTP/1.1\r\nX-Proof: y\r\nContent-Length: 9\r\n\r\na",
    "sends nothing of its body": b"POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
    "never ends the form of a page": b"POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nab",
    "never ends a body in chunks": chunked_head("/loop/echo") + b"3\r\nabc\r\n",
}


@pytest.mark.parametrize("sent", WAITING.values(), ids=WAITING)
def test_beyond_the_room_the_oldest_waiting_connection_is_closed(desk, lines, sent):
    with running(desk, connections=20) as server:
        old = [lines(server, sent) for _ in range(30)]
        assert lines(server).ask("/loop/echo").answer() == ECHOED
        assert all(each.is_hung_up() for each in old[:11])
        assert lines(server).ask("/echo").answer()[0] == 200


def test_an_idle_connection_makes_room_too(desk, lines):
    with running(desk, connections=20) as server:
        idle = [lines(server) for _ in range(20)]
        assert [each.ask("/loop/echo").answer() for each in idle] == [ECHOED] * 20
        assert lines(server).ask("/loop/echo").answer() == ECHOED
        assert idle[0].is_hung_up()
        assert idle[1].ask("/loop/echo").answer() == ECHOED


def test_a_connection_that_waits_for_its_answer_is_not_closed_for_another(desk, lines):
    with running(desk, connections=3) as server:
        asked = lines(server).ask("/loop/promise")
        slow = lines(server).ask("/slow", method="GET")
        assert desk.is_asked.wait(WAIT)
        for _ in range(10):
            lines(server)
        assert lines(server).ask("/loop/echo").answer() == ECHOED
        desk.promised.set_result([1])
        desk.is_open.set()
        assert (asked.answer(), slow.answer()) == ((204, ""), (200, "done"))


@either
def test_a_client_that_takes_no_answer_makes_room(desk, lines):
    desk.parts = [b"x" * 2**20] * 64
    desk.is_open.set()
    with running(desk, connections=2) as server:
        lines(server).ask("/parts", method="GET")
        assert desk.is_asked.wait(WAIT)
        for _ in range(3):
            assert lines(server).ask("/loop/echo").answer() == ECHOED


class Client:
    """A connection of that address, as the accounting sees it."""

    closes_at = 0.0
    has_whole_request = True

    def __init__(self, address):
        self.address, self.is_closed = address, False

    def abort(self):
        self.is_closed = True


def on_a_loop(work):
    """The result of the work on an event loop of another thread; a browser has one in this."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def closed(addresses, connections):
    """Which of the connections are closed, if each waits for its client as soon as it is open."""

    async def connect():
        kept, clients = Connections(Limits(connections=connections)), [*map(Client, addresses)]
        for client in clients:
            assert kept.add(client)
            kept.wait_for(client, 60)
        return [number for number, client in enumerate(clients) if client.is_closed]

    return on_a_loop(connect())


def test_the_address_with_most_connections_loses_its_oldest():
    assert closed("abaaab", connections=5) == [0]
    assert closed("abcd" + "a" * 6, connections=6) == [0, 4, 5, 6]


def test_addresses_with_as_many_connections_lose_the_oldest_first():
    assert closed("abcdef", connections=4) == [0, 1]


@pytest.mark.parametrize(
    ("client", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_the_addresses_of_one_customer_are_one(client, address):
    assert address_of(client) == address


def test_there_is_no_room_while_all_others_are_worked_for():
    async def connect():
        kept, clients = Connections(Limits(connections=2)), [Client("a"), Client("b"), Client("c")]
        return [kept.add(client) for client in clients]

    assert on_a_loop(connect()) == [True, True, False]


@pytest.mark.parametrize(
    ("files", "connections"), [(4096, 1000), (1024, 384), (300, 22), (100, 1), (-1, 1000)]
)
def test_connections_leave_files_for_everything_else(monkeypatch, files, connections):
    monkeypatch.setattr("resource.getrlimit", lambda _: (files, files))
    assert default_limits().connections == connections


# Clients that are slow.


@pytest.mark.parametrize("sent", WAITING.values(), ids=WAITING)
def test_a_client_that_stops_sending_is_disconnected(desk, lines, sent):
    with running(desk, head_seconds=0.1, body_seconds=0.1, rest_seconds=0.1) as server:
        answer = lines(server, sent).file.read()
        assert answer.partition(b"\r\n")[0] in {b"", b"HTTP/1.1 408 Request Timeout"}


def test_a_head_that_comes_byte_by_byte_gets_no_more_time(desk, lines):
    with running(desk, head_seconds=0.3) as server:
        slow = lines(server)
        with pytest.raises(OSError):  # noqa: PT011, PT012 - which one depends on the moment
            for byte in b"POST /loop/echo HTTP/1.1\r\n" + b"X: y\r\n" * 1000:
                slow.socket.sendall(bytes([byte]))
                slow.socket.settimeout(0.02)
                try:
                    if slow.socket.recv(1) == b"":
                        raise ConnectionError
                except TimeoutError:
                    pass


@either
def test_a_body_gets_time_for_what_has_come_of_it(desk, lines):
    with running(desk, body_seconds=0.1, body_bytes_per_second=1) as server:
        asked = lines(server).ask("/loop/echo", b"x" * 900, Content0Length="901")
        assert not has_answer(asked, within=0.5)
        asked.socket.sendall(b"x")
        assert asked.answer() == (200, "/loop/echo  901")


def has_answer(line, *, within):
    line.socket.settimeout(within)
    try:
        line.socket.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return False
    finally:
        line.socket.settimeout(WAIT)
    return True


def test_an_idle_connection_is_closed_after_its_time(desk, lines):
    with running(desk, idle_seconds=0.1) as server:
        idle = lines(server).ask("/loop/echo")
        assert idle.answer() == ECHOED
        assert idle.is_hung_up()


@either
def test_a_client_that_takes_no_answer_is_disconnected(desk, lines):
    desk.parts = [b"x" * 2**20] * 64
    desk.is_open.set()
    with running(desk, stalled_seconds=0.1) as server:
        lines(server).ask("/parts", method="GET")
        assert desk.is_over.wait(WAIT)


@either
def test_a_client_that_takes_no_answer_and_asks_on_is_disconnected(desk, lines):
    desk.parts = [b"x" * 2**20] * 64
    desk.is_open.set()
    with running(desk, stalled_seconds=1) as server:
        stalled = lines(server).ask("/parts", method="GET")
        assert not desk.is_over.wait(0.3)  # by then the buffers are full
        stalled.ask("/echo")
        assert desk.is_over.wait(WAIT)


@either
def test_a_client_that_waits_for_an_answer_is_not_disconnected(desk, lines):
    with running(desk, head_seconds=0.1, body_seconds=0.1, idle_seconds=0.1) as server:
        waiting = lines(server).ask("/slow", method="GET")
        assert not has_answer(waiting, within=0.5)
        desk.is_open.set()
        assert waiting.answer() == (200, "done")


# Requests that are too large.


def test_a_head_without_end_is_refused(desk, lines):
    with running(desk) as server:
        endless = lines(server, b"GET /echo HTTP/1.1\r\nX: " + b"x" * 300_000)
        assert endless.head()[0] == 400


@pytest.mark.parametrize(
    "head",
    [
        b"GET /echo?" + b"x" * 33_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nX: " + b"x" * 33_000 + b"\r\n\r\n",
        b"GET /echo HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n",
    ],
    ids=["address", "header", "headers"],
)
def test_a_head_that_is_too_large_is_refused(desk, lines, head):
    with running(desk) as server:
        assert lines(server, head).head()[0] == 400


@either
def test_a_head_of_the_largest_size_is_taken(desk, lines):
    with running(desk) as server:
        target = "/echo?" + "x" * 8_000
        headers = {f"X{number}": "y" for number in range(90)}
        asked = lines(server).ask(target, X0Long="x" * 22_000, **headers)
        assert asked.answer() == (200, f"{target}  0")


@either
def test_an_address_of_a_page_that_is_too_long_is_414(desk, lines):
    with running(desk) as server:
        long = "?" + "x" * 8_300
        for path in ("/echo", "/upload"):
            assert lines(server).ask(path + long).answer() == (414, "The address is too long.\n")
        of_twilio = "/loop/echo" + long
        assert lines(server).ask(of_twilio).answer() == (200, f"{of_twilio}  0")


BODIES = [("/loop/echo", LARGEST_INLINE), ("/echo", SMALL), ("/upload", LARGEST_UPLOAD)]


@either
@pytest.mark.parametrize(("path", "most"), BODIES)
def test_a_body_that_is_too_large_is_413_before_it_is_sent(desk, lines, path, most):
    with running(desk) as server:
        asked = lines(server).ask(path, b"x" * 100, Content0Length=str(most + 1), Cookie="ada")
        assert asked.answer()[0] == 413
        taken = lines(server).ask(path, b"x" * most, Cookie="ada")
        assert taken.answer() == (200, f"{path}  {most}")


@either
@pytest.mark.parametrize(("path", "most"), BODIES)
def test_a_body_in_chunks_that_is_too_large_is_413(desk, lines, path, most):
    with running(desk) as server:
        head = chunked_head(path).replace(b"Host: desk", b"Host: desk\r\nCookie: ada")
        asked = lines(server, head + b"%x\r\n%s\r\n" % (most + 1, b"x" * (most + 1)))
        assert asked.answer()[0] == 413


@pytest.mark.parametrize("path", ["/loop/echo", "/echo"])
def test_a_body_in_many_tiny_chunks_is_refused(desk, lines, path):
    with running(desk) as server:
        asked = lines(server, chunked_head(path) + b"1\r\nx\r\n" * 2000 + b"0\r\n\r\n")
        assert asked.answer() == (400, "The body comes in too many parts.")
        assert lines(server).ask("/loop/echo").answer() == ECHOED


def test_a_body_that_comes_byte_by_byte_is_refused(desk, lines):
    with running(desk, body_parts=20) as server:
        asked = lines(server).ask("/echo", Content0Length="40")
        asked.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not has_answer(asked, within=0.01):
            asked.socket.sendall(b"x")
        assert asked.answer() == (400, "The body comes in too many parts.")


@pytest.mark.parametrize(
    "endless",
    [
        chunked_head("/loop/echo") + b"1;" + b"x" * 600_000,
        chunked_head("/echo") + b"1;" + b"x" * 600_000,
        b"\r\n" * 300_000,
    ],
    ids=["chunk extension on the loop", "chunk extension", "blank lines before a request"],
)
def test_bytes_without_end_that_are_no_part_of_a_request_are_refused(desk, lines, endless):
    with running(desk) as server:
        assert lines(server, endless).head()[0] == 400
        assert lines(server).ask("/loop/echo").answer() == ECHOED


def test_a_connection_may_bring_more_than_one_head_of_the_largest_size(desk, lines):
    with running(desk) as server:
        asked = lines(server)
        for _ in range(4):
            assert asked.ask("/loop/echo", X0Long="x" * 30_000).answer() == ECHOED


def test_a_large_body_may_come_in_as_many_parts_as_it_has_packets(desk, lines):
    with running(desk, body_parts=20) as server:
        head = chunked_head("/upload").replace(b"Host: desk", b"Host: desk\r\nCookie: ada")
        chunk = b"200\r\n" + b"x" * 512 + b"\r\n"
        asked = lines(server, head + chunk * 2048 + b"0\r\n\r\n")
        assert asked.answer() == (200, f"/upload  {2**20}")


@either
def test_what_is_left_of_a_refused_body_is_dropped_and_the_connection_kept(desk, lines):
    with running(desk) as server:
        asked = lines(server).ask("/echo", b"x" * 3 * SMALL)
        assert asked.answer()[0] == 413
        assert asked.ask("/loop/echo").answer() == ECHOED


@either
def test_the_rest_of_a_refused_body_must_come_soon(desk, lines):
    with running(desk, rest_seconds=0.1) as server:
        asked = lines(server).ask("/echo", b"x" * 100, Content0Length=str(SMALL + 1))
        assert asked.answer()[0] == 413
        assert asked.is_hung_up()


@either
def test_a_client_that_asks_before_it_sends_a_refused_body_need_not_send_it(desk, lines):
    with running(desk, rest_seconds=0.1) as server:
        asked = lines(server).ask(
            "/echo", Content0Length=str(SMALL + 1), Expect="100-continue", Host="desk"
        )
        assert asked.head()[0] == 413
        assert asked.file.read() == b"The body is too large.\n"


@either
def test_the_answer_reaches_a_client_that_is_still_sending_and_wants_no_other(desk, lines):
    with running(desk) as server:
        asked = lines(server).ask("/echo", b"x" * 8 * 2**20, Connection="close")
        assert asked.answer() == (413, "The body is too large.\n")
        assert asked.is_hung_up()


@either
def test_an_upload_for_which_the_disk_has_no_room_is_503(desk, lines, monkeypatch):
    full = lambda _: Path("/dev/full").open("wb+")  # noqa: E731, SIM115 - the server closes it
    monkeypatch.setattr(body.tempfile, "SpooledTemporaryFile", full)
    with running(desk) as server:
        asked = lines(server).ask("/upload", b"x" * 2**20, Cookie="ada")
        status, words = asked.answer()
        assert (status, words[:31]) == (503, "The disk of uploaded files is f")
        assert asked.ask("/loop/echo").answer() == ECHOED


@pytest.mark.parametrize("path", ["/echo", "/loop/echo"])
def test_a_client_may_not_ask_far_ahead(desk, lines, path):
    with running(desk, requests_ahead=4) as server:
        request = f"POST {path} HTTP/1.1\r\nX-Proof: y\r\nContent-Length: 0\r\n\r\n".encode()
        ahead = lines(server)
        ahead.socket.sendall(request * 5000)
        assert ahead.is_hung_up()
        assert lines(server).ask("/loop/echo").answer() == ECHOED


# Who asks, before anything is done.


@pytest.mark.parametrize("path", ["/loop/echo", "/loop/nothing", "/%6Coop/echo"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_without_a_proof_the_answer_is_bare_and_no_body_is_awaited(desk, lines, path, method):
    with running(desk) as server:
        head = f"{method} {path} HTTP/1.1\r\nHost: a..b\r\nContent-Length: 1000000\r\n\r\nx"
        answer = lines(server, head.encode())
        assert answer.answer() == (403, "Only signed requests are taken here.\n")
        assert desk.refused == ["unproven"]


def test_a_proof_is_checked_on_the_loop_whatever_the_path(desk, lines):
    with running(desk) as server:
        assert lines(server).ask("/nothing", X0Proof="yes").head()[0] == 404
        too_large = lines(server).ask("/nothing", Content0Length="9999999", X0Proof="yes")
        assert too_large.answer()[0] == 413
        assert desk.refused == ["too large"]


@either
def test_a_stranger_is_answered_before_their_upload_is_read(desk, lines):
    with running(desk) as server:
        asked = lines(server).ask("/upload", b"x" * 1000, Content0Length=str(LARGEST_UPLOAD))
        assert asked.answer() == (200, "/upload  0")


@either
def test_a_stranger_who_asks_before_an_upload_is_not_told_to_send_it(desk, lines):
    with running(desk, rest_seconds=0.1) as server:
        asking = lines(server).ask("/upload", Expect="100-continue", Content0Length="3000000")
        assert asking.answer() == (200, "/upload  0")
        assert asking.is_hung_up()


@either
def test_an_upload_needs_a_permission_even_if_it_is_small(desk, lines):
    with running(desk) as server:
        assert lines(server).ask("/upload", b"xyz", Cookie="ada").answer() == (200, "/upload  3")
        desk.may_upload = False
        assert lines(server).ask("/upload", b"xyz", Cookie="ada").answer() == (200, "/upload  0")


@either
def test_the_upload_of_a_known_client_makes_no_room_for_others(desk, lines):
    with running(desk, connections=3) as server:
        upload = lines(server).ask("/upload", b"x" * 99, Content0Length="100", Cookie="ada")
        for _ in range(10):
            assert lines(server).ask("/loop/echo").answer() == ECHOED
        upload.socket.sendall(b"x")
        assert upload.answer() == (200, "/upload  100")


# Pages, beside callbacks.


@either
def test_beyond_their_places_requests_for_pages_are_503_and_callbacks_are_taken(desk, lines):
    with running(desk, page_requests=8) as server:
        slow = [lines(server).ask("/slow", method="GET") for _ in range(4)]
        assert desk.is_asked.wait(WAIT)
        status, headers = lines(server).ask("/slow", method="GET").head()
        assert (status, headers["retry-after"]) == (503, "5")
        assert lines(server).ask("/loop/echo").answer() == ECHOED
        desk.is_open.set()
        assert [each.answer() for each in slow] == [(200, "done")] * 4
        assert lines(server).ask("/slow", method="GET").answer() == (200, "done")


@either
def test_what_monitoring_asks_for_is_answered_while_all_threads_are_busy(desk, lines):
    with running(desk, page_requests=4) as server:
        for _ in range(2):  # all threads, and half of the places, which one address may have
            lines(server).ask("/slow", method="GET")
            assert desk.is_asked.wait(WAIT)
            desk.is_asked.clear()
        assert lines(server).ask("/echo").answer()[0] == 503
        for probe in ("/readyz", "/health"):
            answer = lines(server).ask(probe, method="GET").answer()
            assert answer[0] == 404  # the desk has no such page


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_monitoring_that_asks_without_end_is_answered_later(desk, lines, path):
    slow = {"probes_per_second": 4, "probe_requests": 40, "refusal_seconds": 1}
    with running(desk, **slow) as server:
        asked = [lines(server).ask(path, method="GET") for _ in range(9)]  # maybe in two seconds
        assert any(not has_answer(each, within=0.1) for each in asked)
        assert len({each.answer()[0] for each in asked}) == 1


def test_one_address_leaves_places_for_others():
    places = Places(8)
    with ExitStack() as taken:
        assert [taken.enter_context(places.taken_by("a")) for _ in range(5)] == [True] * 4 + [False]
        assert [taken.enter_context(places.taken_by("b")) for _ in range(3)] == [True, True, False]
        assert [taken.enter_context(places.taken_by(who)) for who in "cde"] == [True, True, False]
    with places.taken_by("a") as has_place:
        assert has_place


# Promises, and refusals.


def test_a_promise_is_not_waited_for_longer_than_the_patience(desk, lines):
    with running(desk, patience_seconds=0.1) as server:
        assert lines(server).ask("/loop/promise").answer() == (503, "busy")
        desk.promised.set_result([1])
        assert lines(server).ask("/loop/promise").answer() == (204, "")


def test_a_promise_that_fails_early_is_answered_when_the_patience_ends(desk, lines):
    desk.promised.set_exception(LookupError())
    with running(desk, patience_seconds=0.6) as server:
        asked = lines(server).ask("/loop/promise")
        assert not has_answer(asked, within=0.3)
        assert asked.answer() == (503, "busy")


def test_more_open_promises_than_allowed_are_not_asked_for(desk, lines):
    with running(desk, patience_seconds=0.1, promises=2) as server:
        answers = [lines(server).ask("/loop/promise").answer() for _ in range(3)]
        assert answers[2] == (503, "Too much waits for the ledger.\n")
        desk.promised.set_result([1])
        assert lines(server).ask("/loop/promise").answer() == (204, "")


REFUSED = {
    404: ("/loop/nothing", {}),
    403: ("/loop/echo", {"X0Proof": None}),
    413: ("/echo", {"Content0Length": 10**6}),
    200: ("/loop/echo", {"method": "OPTIONS"}),
}


@pytest.mark.parametrize("status", REFUSED)
def test_a_refusal_takes_its_time_and_holds_up_nobody(desk, lines, status):
    path, headers = REFUSED[status]
    with running(desk, refusal_seconds=0.5) as server:
        refused = lines(server).ask(path, **headers)
        assert lines(server).ask("/loop/echo").answer() == ECHOED
        assert not has_answer(refused, within=0.2)
        assert refused.head()[0] == status


def test_a_refusal_that_takes_its_time_makes_room(desk, lines):
    with running(desk, connections=5, refusal_seconds=1.5) as server:
        refused = [lines(server).ask("/loop/nothing") for _ in range(5)]
        assert lines(server).ask("/loop/echo").answer() == ECHOED
        assert refused[0].is_hung_up()


@pytest.mark.parametrize("paced_seconds", [0.01, 60])
def test_a_request_in_small_pieces_is_read_on_later(desk, paced_seconds):
    """Here so late that its time is over; and else soon enough."""
    times = {"small_reads": 0, "paced_seconds": paced_seconds, "head_seconds": 0.5}
    with running(desk, **times) as server, closing(Line(server)) as line:
        line.socket.sendall(b"POST /echo HTTP/1.1\r\n")
        with closing(Line(server)) as other:  # the first piece has been read when it is answered
            assert other.ask("/echo").answer()[0] == 200
        line.socket.sendall(b"Host: desk\r\nContent-Length: 0\r\n\r\n")
        if paced_seconds < 1:
            assert line.answer() == (200, "/echo  0")
        else:
            assert line.is_hung_up()


def test_what_reads_the_body_reads_no_sooner(desk):
    with (
        running(desk, small_reads=0, paced_seconds=60, body_seconds=0.5) as server,
        closing(Line(server)) as line,
    ):
        line.ask("/echo", b"ab", Content0Length="4")
        with closing(Line(server)) as other:
            assert other.ask("/echo").answer()[0] == 200
        line.socket.sendall(b"cd")
        assert line.answer()[0] == 408
