"""A program that takes webhooks: a real HTTP server on this machine that answers as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str]]


@dataclass(frozen=True)
class Taken:
    """One request."""

    headers: dict[str, str]
    body: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def type(self) -> str:
        return str(self.document["type"])

    @property
    def seq(self) -> int:
        return int(self.document["data"].get("seq", 0))


@dataclass
class Consumer:
    """What came, and how the next request is answered."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    """The requests that were answered 2xx."""
    refused: list[Taken] = field(default_factory=list)
    answer: Callable[[Taken], Answer] = lambda _taken: (204, {})

    def of_type(self, message_type: str) -> list[dict[str, Any]]:
        return [each.document["data"] for each in self.taken if each.type == message_type]


@contextmanager
def consumer() -> Iterator[Consumer]:
    """A consumer that runs until the block ends."""
    here = Consumer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            taken = Taken(dict(self.headers), body)
            status, headers = here.answer(taken)
            (here.taken if status < 300 else here.refused).append(taken)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Write nothing."""

    with served_by(Handler) as here.url:
        yield here


@contextmanager
def served_by(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server with that handler, which runs until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
