"""HTTP answers as bytes, and a server that answers each request of Twilio's API with such bytes.

It shares nothing with the stand-in: what it sends need not be HTTP, nor JSON, nor come to an end.
"""

import json
import socket
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

Act = Callable[[socket.socket], object]
"""What the server does with a connection after it read a request."""


def http(status: int, body: Any = "", **headers: str) -> bytes:
    """One HTTP answer; a body that is no text or bytes is written as JSON."""
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    content = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    given = {
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        "Connection": "close",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in given.items()]
    return "\r\n".join([f"HTTP/1.1 {status} Scripted", *lines, "", ""]).encode() + content


def say(*parts: bytes) -> Act:
    """Answer with these bytes, and close in good order."""
    return lambda connection: connection.sendall(b"".join(parts))


def reset_after(data: bytes) -> Act:
    """Answer with these bytes, and reset the connection."""

    def act(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return act


@dataclass(frozen=True)
class Asked:
    """One request that came."""

    method: str
    path: str
    head: str
    form: dict[str, str]


class RawTwilio:
    """Takes every text, unless `will_answer` scripted something else for its number."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Condition()
        self._scripts: dict[str, deque[Act]] = defaultdict(deque)
        self._lists: deque[Act] = deque()
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def texted(self) -> list[str]:
        """The numbers of all create requests, in order."""
        return [asked.form["To"] for asked in self.asked if asked.method == "POST"]

    def will_answer(self, number: str, *acts: Act) -> None:
        """Script the next creates for that number; afterwards its texts are taken again."""
        self._scripts[number].extend(acts)

    def will_accept_all(self) -> None:
        """Forget every scripted create, as if its cause were removed."""
        self._scripts.clear()

    def will_list(self, *acts: Act) -> None:
        """Script the next lists and records; afterwards there are none."""
        self._lists.extend(acts)

    def wait_until_texted(self, is_enough: Callable[[list[str]], bool]) -> None:
        """Wait until the numbers of all create requests are as expected, for a minute at most."""
        with self._lock:
            assert self._lock.wait_for(lambda: is_enough(self.texted), timeout=60), self.texted

    @contextmanager
    def running(self) -> Iterator["RawTwilio"]:
        accepting = threading.Thread(target=self._accept)
        accepting.start()
        try:
            yield self
        finally:
            self._listener.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            self._listener.close()

    def _accept(self) -> None:
        serving = []
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                serving.append(threading.Thread(target=self._serve, args=[connection]))
                serving[-1].start()
        for thread in serving:
            thread.join(10)

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            asked = read_request(connection)
            if asked is not None:
                self._act_on(asked)(connection)

    def _act_on(self, asked: Asked) -> Act:
        with self._lock:
            self.asked.append(asked)
            self._lock.notify_all()
            if asked.method != "POST":
                return self._lists.popleft() if self._lists else say(http(200, {"messages": []}))
            script = self._scripts[asked.form["To"]]
            sid = f"SM{len(self.asked):032x}"
            return script.popleft() if script else say(http(201, {"sid": sid, "status": "queued"}))


def read_request(connection: socket.socket) -> Asked | None:
    """Read one whole request: a server that closes with unread data resets the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65_536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65_536)
    method, path, _ = lines[0].split(" ")
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return Asked(method=method, path=path, head="\n".join(lines), form=form)
