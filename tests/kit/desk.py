"""A server with views that answer when a test lets them, and HTTP to it by hand."""

import socket
import sys
import threading
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from flask import Flask, Response, request

from webapp.serving.bridge import Uploads
from webapp.serving.inline import Inline, Promise
from webapp.serving.limits import Limits
from webapp.serving.listener import Listener, listen
from webapp.serving.pages_link import PagesLink, pages_socket
from webapp.serving.server import Server
from webapp.serving.site import Site

WAIT = 20
BUSY = Response("busy", status=503)
LARGEST_UPLOAD = 4 * 2**20
LARGEST_INLINE = 2**20


class Desk:
    """An app whose answers the test gives when it likes."""

    def __init__(self, *, is_split=False):
        self.is_split = is_split
        self.app = Flask("desk")
        self.promised = Future()
        self.is_asked = threading.Event()
        self.is_open = threading.Event()
        self.parts = []
        self.headers = {}
        self.refused = []
        self.may_upload = True
        self.is_over = threading.Event()
        self.app.add_url_rule("/loop/promise", view_func=self.promise, methods=["POST"])
        self.app.add_url_rule("/loop/echo", view_func=self.echo, methods=["POST"])
        self.app.add_url_rule("/echo", view_func=self.echo, methods=["POST"])
        self.app.add_url_rule("/upload", view_func=self.echo, methods=["POST"])
        self.app.add_url_rule("/slow", view_func=self.slow)
        self.app.add_url_rule("/parts", view_func=self.in_parts)
        self.app.add_url_rule("/asker", view_func=self.asker)
        self.app.add_url_rule("/seen/<path:rest>", view_func=self.seen, methods=["POST"])
        self.app.add_url_rule("/loop/seen/<path:rest>", view_func=self.seen, methods=["POST"])

    def promise(self):
        self.is_asked.set()
        is_kept = lambda: self.promised.done() and not self.promised.exception()  # noqa: E731
        return Promise(self.promised, lambda: None if is_kept() else BUSY)

    def echo(self):
        told = [request.environ["REQUEST_URI"], request.headers.get("X-From", ""), request.data]
        return " ".join([*told[:2], str(len(told[2]))])

    def seen(self, rest):
        """Answer with what a view sees of its request."""
        environ = request.environ
        assert environ["wsgi.errors"] is sys.stderr
        assert "HTTP_TRANSFER_ENCODING" not in environ
        return f"{rest} {environ['REQUEST_URI']} {environ['SCRIPT_NAME']} {request.data.decode()}"

    def asker(self):
        """Answer with who asks, and the names of the headers."""
        return f"{request.remote_addr} {request.host} {sorted(request.headers.keys())}"

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

    def inline(self, patience_seconds=WAIT):
        """What is answered on the event loop, and counted when it is refused before that."""
        return Inline(
            app=self.app,
            prefix="/loop/",
            proof=b"x-proof",
            largest_body=LARGEST_INLINE,
            patience_seconds=patience_seconds,
            on_unproven=lambda: self.refused.append("unproven"),
            on_too_large=lambda: self.refused.append("too large"),
        )

    def uploads(self):
        return Uploads(
            paths=frozenset({"/upload"}),
            largest=LARGEST_UPLOAD,
            is_allowed=lambda environ: self.may_upload and "HTTP_COOKIE" in environ,
        )


@contextmanager
def running(desk, *, patience_seconds=WAIT, is_served=True, **limits):
    """A server of that desk; its times are short where `limits` says so.

    Where the desk is split, another server answers what is not answered on the loop; not where it
    is not served.
    """
    within = Limits(**{"connections": 400, "refusal_seconds": 0, "check_seconds": 0.05} | limits)
    with ExitStack() as opened:
        site = Site(
            Flask("door") if desk.is_split else desk.app,
            threads=2,
            inline=desk.inline(patience_seconds),
            uploads=desk.uploads(),
            limits=within,
            pages=opened.enter_context(_pages(desk, is_served=is_served))
            if desk.is_split
            else None,
        )
        server = Server(site, listener=listen("127.0.0.1", 0), limits=within)
        server.start()
        opened.callback(server.stop)
        opened.callback(desk.is_open.set)
        yield server


@contextmanager
def _pages(desk, is_served):
    """The way to a server of that desk behind the one that clients know."""
    with pages_socket() as sock:
        site = Site(desk.app, threads=2, uploads=desk.uploads(), is_behind_door=True)
        server = Server(site, listener=Listener(sock.listener, url=""), is_behind_door=True)
        if is_served:
            server.start()
        try:
            yield PagesLink(sock.address)
        finally:
            server.stop()


class Line:
    """One connection, and HTTP over it by hand."""

    def __init__(self, server):
        parts = urlsplit(server.url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=WAIT)
        self.file = self.socket.makefile("rb")

    def ask(self, path, body=b"", method="POST", **headers):
        given = {"Host": "desk", "Content-Length": str(len(body))}
        if path.startswith("/loop/"):
            given["X-Proof"] = "yes"
        given |= {name.replace("0", "-"): value for name, value in headers.items()}
        told = [f"{name}: {value}" for name, value in given.items() if value is not None]
        lines = [f"{method} {path} HTTP/1.1", *told, "", ""]
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
        """Whether the server closes the connection, without another answer."""
        try:
            return self.socket.recv(1000) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.file.close()
        self.socket.close()


def chunked_head(path):
    """The head of a request whose body comes in chunks."""
    proof = ["X-Proof: yes"] if path.startswith("/loop/") else []
    lines = [f"POST {path} HTTP/1.1", "Host: desk", *proof, "Transfer-Encoding: chunked"]
    return "\r\n".join([*lines, "", ""]).encode()
