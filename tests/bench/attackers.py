"""Clients without an account that mean no good, in a process of their own until it is ended.

    python -m bench.attackers forged http://127.0.0.1:5000

Each prints a line once it has begun, and begins again whenever the server hangs up.
"""

import asyncio
import itertools
import re
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

import uvloop

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Client = Callable[[Streams], Awaitable[None]]

_FORGED = "X-Twilio-Signature: Zm9yZ2VkIGZvcmdlZCBmb3JnZWQg"
_FORM = "Content-Type: application/x-www-form-urlencoded"


def _request(line: str, *headers: str, body: bytes = b"", size: int | None = None) -> bytes:
    length = len(body) if size is None else size
    lines = [f"{line} HTTP/1.1", "Host: school", f"Content-Length: {length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _inbound(*headers: str, body: bytes, size: int | None = None) -> bytes:
    return _request("POST /twilio/inbound", _FORM, *headers, body=body, size=size)


def _asking(request: bytes) -> Client:
    """Ask again as soon as there is an answer."""

    async def ask(streams: Streams) -> None:
        reader, writer = streams
        while True:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            size = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
            await reader.readexactly(int(size[1]) if size else 0)

    return ask


def _dripping(begun: bytes, drop: bytes) -> Client:
    """Send the beginning of a request, then a drop of it every second."""

    async def drip(streams: Streams) -> None:
        reader, writer = streams
        writer.write(begun)
        while not reader.at_eof():
            await asyncio.sleep(1)
            writer.write(drop)
            await writer.drain()

    return drip


def _streaming(parts: Callable[[], Iterator[bytes]]) -> Client:
    """Send parts as fast as the server takes them, until it hangs up."""

    async def stream(streams: Streams) -> None:
        writer = streams[1]
        for part in parts():
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)

    return stream


def _byte_by_byte(request: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: (request[at : at + 1] for at in range(len(request)))


def _endless(begun: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.chain([begun], itertools.repeat(b"b" * 65_536))


async def _be_silent(streams: Streams) -> None:
    await streams[0].read()


async def _ask_without_reading(streams: Streams) -> None:
    writer = streams[1]
    while True:
        writer.write(_request("GET /sign-in") * 100)
        await writer.drain()


def _signing_in(url: str) -> Client:
    with urllib.request.urlopen(f"{url}/sign-in") as answer:
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    fields = {"username": "principal", "password": "wrong " * 4, "csrf_token": token and token[1]}
    body = urlencode(fields).encode()
    return _asking(_request("POST /sign-in", _FORM, f"Cookie: {cookie}", body=body))


_NAMES = "&".join(f"n{number}=" for number in range(9000)).encode()
_ESCAPED = b"Body=" + b"%41" * 21_000
_MANY = "&".join(f"n{number}=" for number in range(4000))
_LONG_HEAD = _request("GET /sign-in", "X: " + "y" * 30_000)

ATTACKS: Mapping[str, tuple[int, Callable[[str], Client]]] = {
    "silent": (1100, lambda _: _be_silent),
    "heads": (1100, lambda _: _dripping(b"POST /twilio/inbound HTTP/1.1\r\n", b"X: y\r\n")),
    "bodies": (1100, lambda _: _dripping(_inbound(_FORGED, body=b"a=", size=60_000), b"b")),
    "unsigned": (1100, lambda _: _dripping(_inbound(body=b"a=", size=1_000_000), b"b" * 1000)),
    "bytes of a head": (64, lambda _: _streaming(_byte_by_byte(_LONG_HEAD))),
    "bytes of a body": (
        64,
        lambda _: _streaming(_byte_by_byte(_inbound(_FORGED, body=b"b" * 60_000))),
    ),
    "streamed": (64, lambda _: _streaming(_endless(_inbound(body=b"", size=10**9)))),
    "unroutable": (32, lambda _: _asking(_request("GET /twilio/x"))),
    "forged": (32, lambda _: _asking(_inbound(_FORGED, body=_NAMES))),
    "escaped": (32, lambda _: _asking(_inbound(_FORGED, body=_ESCAPED))),
    "uploads": (8, lambda _: _asking(_request("POST /campaigns/new", body=b"x" * 33 * 2**20))),
    "pages": (64, lambda _: _asking(_request("GET /sign-in"))),
    "deep": (64, lambda _: _asking(_request("GET " + "/a" * 5000))),
    "parameters": (64, lambda _: _asking(_request(f"GET /sign-in?{_MANY}"))),
    "unread": (64, lambda _: _ask_without_reading),
    "sign-ins": (32, _signing_in),
}
"""Name → how many connections, and what each does, given the address of the server."""


async def _again_and_again(host: str, port: int, client: Client) -> None:
    while True:
        with suppress(OSError, RuntimeError, asyncio.IncompleteReadError):  # it hung up
            streams = await asyncio.open_connection(host, port)
            try:
                await client(streams)
            finally:
                streams[1].close()
        await asyncio.sleep(0.1)


async def _attack(kind: str, url: str) -> None:
    parts = urlsplit(url)
    count, client_for = ATTACKS[kind]
    client = client_for(url)
    host, port = parts.hostname or "", parts.port or 0
    running = [asyncio.create_task(_again_and_again(host, port, client)) for _ in range(count)]
    await asyncio.sleep(1)
    print(f"{kind}: {count} connections", flush=True)
    await asyncio.gather(*running)


if __name__ == "__main__":
    uvloop.run(_attack(*sys.argv[1:]))
