"""What the process of the pages gets of a request, and what clients get without that process."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from kit.desk import WAIT, Desk, Line, running
from ledger.errors import BadSetting
from webapp.serving import pages_link
from webapp.serving.pages_link import pages_socket


@pytest.fixture
def desk():
    return Desk(is_split=True)


@pytest.fixture
def line(desk):
    with running(desk) as server, closing(Line(server)) as opened:
        yield opened


def asker(line, **headers):
    """The address, the host and the headers of a request as its view sees them."""
    status, told = line.ask("/asker", method="GET", **headers).answer()
    assert status == 200
    return told.split(" ", 2)


def test_a_view_sees_who_asks_and_nothing_of_the_way(line):
    assert asker(line) == ["127.0.0.1", "desk", "['Content-Length', 'Host']"]


@pytest.mark.parametrize("name", ["X-Delivery-Ledger-Origin", "X_Delivery_Ledger_Origin"])
def test_no_client_can_say_that_it_is_another(line, name):
    forged = '{"client": ["192.0.2.7", 1], "server": null, "request_id": "", "has_expect": false}'
    address, _, names = asker(line, **{name: forged})
    assert (address, names) == ("127.0.0.1", "['Content-Length', 'Host']")


def test_headers_of_a_connection_stay_on_it(line):
    _, _, names = asker(line, **{"Connection": "keep-alive, X-Kept", "TE": "trailers", "X-Kept": 1})
    assert names == "['Content-Length', 'Host', 'X-Kept']"


@pytest.mark.parametrize("end", [b"\r\n ", b"\r\n\t", b"\n", b"\r", b"\0"])
def test_a_header_of_several_lines_is_refused(line, end):
    forged = b"X-Delivery-Ledger-Origin: {}"
    line.socket.sendall(b"GET /asker HTTP/1.1\r\nHost: desk\r\nX-A: a" + end + forged + b"\r\n\r\n")
    status, told = line.answer()
    assert status == 400 or "X-Delivery" not in told


def test_a_request_without_a_host_has_the_one_of_the_port(line):
    port = line.socket.getpeername()[1]
    assert asker(line, Host=None)[1] == f"127.0.0.1:{port}"


def test_an_upload_is_asked_for_and_the_view_sees_no_word_of_that(line):
    assert line.ask("/upload", b"abc", Cookie="ada").answer() == (200, "/upload  3")
    asking = line.ask("/upload", Cookie="ada", Expect="100-continue", Content0Length="3")
    assert asking.head() == (100, {})
    asking.socket.sendall(b"abc")
    assert asking.answer() == (200, "/upload  3")


def test_an_upload_ends_with_its_client(desk):
    with running(desk) as server, closing(Line(server)) as other:
        with closing(Line(server)) as leaving:
            leaving.ask("/upload", b"x" * 2**17, Cookie="ada", Content0Length=str(2**20))
        assert other.ask("/echo").answer()[0] == 200  # two threads, and neither is held
        assert other.ask("/echo").answer()[0] == 200


def test_a_chunked_answer_to_an_old_client_is_whole(desk):
    desk.parts = [b"one", b"two"]
    desk.is_open.set()
    with running(desk) as server, closing(Line(server)) as old:
        old.socket.sendall(b"GET /parts HTTP/1.0\r\n\r\n")
        assert old.head()[0] == 200
        assert b"one" in old.file.read()


# Without that process.


@pytest.fixture
def closed_door(desk, monkeypatch):
    """A server whose pages are served by nobody yet: what it listens on takes connections."""
    monkeypatch.setattr(pages_link, "_LOOK_SECONDS", 0.2)
    with running(desk, is_served=False) as server:
        yield server


def test_while_nobody_serves_pages_they_are_503_and_callbacks_are_taken(closed_door):
    with closing(Line(closed_door)) as page, closing(Line(closed_door)) as callback:
        page.ask("/echo")
        assert callback.ask("/loop/echo").answer() == (200, "/loop/echo  0")
        status, headers = page.head()
        assert (status, headers["retry-after"]) == (503, "2")


def test_an_upload_that_nobody_serves_is_not_read(closed_door):
    with closing(Line(closed_door)) as asking:
        asking.ask("/upload", Expect="100-continue", Content0Length="3000000", Cookie="ada")
        assert asking.head()[0] == 503


def test_the_socket_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(pages_link, "_IN_MEMORY", str(tmp_path))
    with pages_socket() as sock:
        assert list(tmp_path.iterdir()) == []
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(WAIT)
            client.connect(sock.address)
            sock.listener.accept()[0].close()
    assert not Path(sock.address).exists()


def test_without_any_folder_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(pages_link, "_IN_MEMORY", "/nowhere")
    monkeypatch.setattr(pages_link.tempfile, "tempdir", "/nowhere")
    with pytest.raises(BadSetting, match="set TMPDIR to another folder"), pages_socket():
        pass


def test_a_folder_with_a_long_name_holds_a_socket_too(tmp_path, monkeypatch):
    folder = tmp_path / ("x" * 200)
    folder.mkdir()
    monkeypatch.setattr(pages_link, "_IN_MEMORY", "/nowhere")
    monkeypatch.setattr(pages_link.tempfile, "tempdir", str(folder))
    with pages_socket() as sock, socket.socket(socket.AF_UNIX) as client:
        client.connect(sock.address)
