"""Loads a server with requests over a few connections, from a process of its own.

A client of the standard library costs as much as the server that it measures. This one speaks just
enough HTTP over asyncio: whole requests are written as bytes, and an answer is read by its head.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop


@dataclass(frozen=True)
class Load:
    """What a run came to."""

    seconds: float
    statuses: dict[str, int]
    """HTTP status → how many answers had it."""
    latencies: list[float]
    """In seconds, the shortest first."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency in seconds that this share of the answers kept below."""
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


def request(path: str, body: bytes = b"", **headers: str) -> bytes:
    """A POST as it goes over the wire; `_` in a header's name stands for `-`."""
    given = {"Host": "localhost", "Content-Length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def load(url: str, connections: int, requests: Sequence[bytes]) -> Load:
    """Send them all over that many connections, each waiting for its answer before the next."""
    lines = "\n".join(json.dumps(each.decode()) for each in requests)
    done = subprocess.run(
        [sys.executable, Path(__file__), url, str(connections)],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    return Load(**json.loads(done.stdout))


class _Client(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last is whole."""

    def __init__(self, requests: Iterable[bytes], finished: "asyncio.Future[None]") -> None:
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self._requests = iter(requests)
        self._finished = finished
        self._answer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, separator, body = self._answer.partition(b"\r\n\r\n")
        if separator and len(body) >= _content_length(head):
            self.latencies.append(time.perf_counter() - self._asked_at)
            self.statuses[head[9:12].decode()] += 1
            self._answer = b""
            self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._finished.done():
            self._finished.set_exception(ConnectionError("The server hung up."))

    def _ask(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._finished.set_result(None)
            self._transport.close()
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)


def _content_length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0] or 0)


async def _run(url: str, connections: int, requests: Sequence[bytes]) -> Load:
    loop = asyncio.get_running_loop()
    parts = urlsplit(url)
    waiting = iter(requests)
    finished = [loop.create_future() for _ in range(connections)]
    begun_at = time.perf_counter()
    clients = [
        (
            await loop.create_connection(
                lambda end=end: _Client(waiting, end), parts.hostname, parts.port
            )
        )[1]
        for end in finished
    ]
    await asyncio.gather(*finished)
    seconds = time.perf_counter() - begun_at
    statuses = sum((client.statuses for client in clients), Counter[str]())
    latencies = sorted(latency for client in clients for latency in client.latencies)
    return Load(seconds, dict(statuses), latencies)


if __name__ == "__main__":
    found = [json.loads(line).encode() for line in sys.stdin]
    print(json.dumps(uvloop.run(_run(sys.argv[1], int(sys.argv[2]), found)).__dict__))
