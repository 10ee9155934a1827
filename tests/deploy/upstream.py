"""A scripted HTTP server behind a proxy; it shares nothing with the program's own server."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Asked:
    """One request, as it arrived."""

    line: str
    headers: dict[str, str]
    size: int = 0
    """Of its body, as far as it has arrived."""
    first_bytes: threading.Event = field(default_factory=threading.Event)
    """Set when some of the body has arrived."""


class Upstream:
    """Answers each connection's request by `answer`, and remembers all requests."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.asked: list[Asked] = []
        self.has_request = threading.Event()
        self.answer: Callable[[socket.socket], object] = lambda line: line.sendall(ANSWER)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=[line], daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, line.makefile("rb") as stream, suppress(OSError):
            while first := stream.readline():
                headers = {}
                while (header := stream.readline().strip()) != b"":
                    name, _, value = header.decode().partition(": ")
                    headers[name.lower()] = value
                self.asked.append(asked := Asked(first.decode().strip(), headers))
                self.has_request.set()
                left = int(headers.get("content-length", 0))
                while left and (part := stream.read1(min(left, 65536))):
                    asked.size += len(part)
                    asked.first_bytes.set()
                    left -= len(part)
                self.answer(line)
