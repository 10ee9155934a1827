"""Twilios that take every text, for whoever measures those who ask them.

python -m bench.taking bare        answers as fast as Python can
python -m bench.taking stand-in    reads, checks and keeps each text, as the stand-in does

Each prints its address, and goes on until its end of the pipe is closed.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import Mapping

from kit.world import environment
from webapp.standin import StandIn, StandInSettings

_numbers = itertools.count(1)


class _Taking(asyncio.Protocol):
    """Answers each whole request: a POST with a 201 and a fresh SID, a GET with an empty list."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport, self._read = transport, b""

    def data_received(self, data: bytes) -> None:
        """A part of a request, or several."""
        self._read += data
        while (size := _whole(self._read)) is not None:
            is_list = self._read.startswith(b"GET ")
            self._read = self._read[size:]
            self._transport.write(_empty_list() if is_list else _accepted())


def _whole(data: bytes) -> int | None:
    """The length of the first request; None while it is not all there."""
    head, end, body = data.partition(b"\r\n\r\n")
    if not end:
        return None
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    return len(head) + len(end) + length if len(body) >= length else None


def _accepted() -> bytes:
    message = {"sid": f"SM{next(_numbers):032x}", "status": "queued", "num_segments": "1"}
    return _answer("201 Created", message)


def _empty_list() -> bytes:
    return _answer("200 OK", {"messages": [], "next_page_uri": None})


def _answer(status: str, document: Mapping[str, object]) -> bytes:
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def stand_in() -> None:
    """Serve until the standard input ends; nothing is reported."""
    given = environment("sqlite://")
    settings = StandInSettings(
        account_sid=given["TWILIO_ACCOUNT_SID"],
        auth_token=given["TWILIO_AUTH_TOKEN"],
        pace_seconds=0.0,
        hold_seconds=3600.0,
    )
    with StandIn(settings) as started:
        print(started.url, flush=True)
        sys.stdin.read()


async def bare() -> None:
    """Serve until the standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Taking, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    if sys.argv[1] == "stand-in":
        stand_in()
    else:
        asyncio.run(bare())
