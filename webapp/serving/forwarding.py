"""Lets the process of the pages answer a request, over a connection of its own.

So nothing that one client sends can be taken for a part of another's request. The answer is sent on
as it comes, and made no faster than the client takes it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from httptools import HttpParserError, HttpResponseParser

from webapp.serving.bare import answer_bare
from webapp.serving.body import until_gone
from webapp.serving.origin import ORIGIN, Header, origin_of
from webapp.serving.pages_link import PagesAwayError, PagesLink
from webapp.serving.wsgi import RAW_TARGET, Scope, header, whole_body

_PART_BYTES = 64 * 1024
_AWAY: Sequence[Header] = [(b"retry-after", b"2")]
_OF_ONE_CONNECTION = {
    *(b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer"),
    *(b"transfer-encoding", b"upgrade"),
}
_NOT_FORWARDED = {*_OF_ONE_CONNECTION, b"content-length", b"expect", ORIGIN}
_NOT_RETURNED = _OF_ONE_CONNECTION - {b"connection"}


class Forwarding:
    """The ASGI app that forwards requests."""

    def __init__(self, link: PagesLink) -> None:
        self._link = link

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Forward a request that has its body."""
        body = whole_body(scope).read()
        head = _head(scope, (b"content-length", b"%d" % len(body)))
        await self._forward(scope, receive, send, request=head + body, body=None)

    async def upload(self, scope: Scope, receive: Any, send: Any) -> None:
        """Forward the head of a request, and its body only if the pages ask for it."""
        body = _Body(header(scope, b"content-length"))
        head = _head(scope, body.framing, (b"expect", b"100-continue"))
        await self._forward(scope, receive, send, request=head, body=body)

    async def _forward(
        self, scope: Scope, receive: Any, send: Any, *, request: bytes, body: "_Body | None"
    ) -> None:
        answer = _Answer()
        try:
            async with self._link.connection() as (reader, writer):
                writer.write(request)
                client = asyncio.ensure_future(_serve_client(answer, body, receive, writer))
                try:
                    await self._link.patiently(_read_head(answer, reader))
                    await _send_on(answer, reader, scope, send)
                finally:
                    client.cancel()
                    answer.close()
        except PagesAwayError:
            await answer_bare(scope, send, 503, "The pages do not answer. Try again soon.", _AWAY)


class _Body:
    """How a body is framed that is forwarded while it arrives."""

    def __init__(self, size: bytes | None) -> None:
        self._is_chunked = size is None
        self.framing = (b"transfer-encoding", b"chunked")
        if size is not None:
            self.framing = (b"content-length", size)

    def framed(self, part: bytes, *, is_last: bool) -> bytes:
        """Return a part as it is written."""
        if not self._is_chunked:
            return part
        chunk = b"%x\r\n%b\r\n" % (len(part), part) if part else b""
        return chunk + b"0\r\n\r\n" if is_last else chunk


class _Answer:
    """An answer as httptools reads it; before it there may be others that only say "go on"."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self.status, self.headers = 0, list[Header]()
        self.parts: list[bytes] = []
        self.is_begun = self.is_complete = False
        self.is_body_wanted = asyncio.Event()

    def read(self, data: bytes) -> None:
        """Read on; raises `HttpParserError` for what is no answer."""
        self._parser.feed_data(data)

    def close(self) -> None:
        """Let go of the parser, which refers to this answer: both are freed at once."""
        del self._parser

    def on_message_begin(self) -> None:
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status >= 200:
            self.is_begun = True
        else:
            self.is_body_wanted.set()

    def on_body(self, part: bytes) -> None:
        self.parts.append(part)

    def on_message_complete(self) -> None:
        self.is_complete = self.is_begun


def _head(scope: Scope, *added: Header) -> bytes:
    kept = [each for each in scope["headers"] if each[0] not in _NOT_FORWARDED]
    lines = [b"%b: %b" % each for each in (*kept, *added, origin_of(scope))]
    line = b"%b %b HTTP/1.1" % (scope["method"].encode(), scope[RAW_TARGET])
    return b"\r\n".join([line, *lines, b"", b""])


async def _serve_client(
    answer: _Answer, body: _Body | None, receive: Any, writer: asyncio.StreamWriter
) -> None:
    """Send on the body once it is wanted, and hang up when the client is gone."""
    is_last = body is None
    if body is not None:
        await answer.is_body_wanted.wait()
    while body is not None and not is_last and (part := await receive())["type"] == "http.request":
        is_last = not part["more_body"]
        with suppress(ConnectionError):  # what the pages answered is still read
            writer.write(body.framed(part["body"], is_last=is_last))
            await writer.drain()
    if is_last:
        await until_gone(receive)
    writer.transport.abort()


async def _read_head(answer: _Answer, reader: asyncio.StreamReader) -> None:
    while not answer.is_begun:
        if not await _read_part(answer, reader):
            raise PagesAwayError


async def _read_part(answer: _Answer, reader: asyncio.StreamReader) -> bool:
    """Read on; False where nothing more comes, or what comes is no answer."""
    with suppress(ConnectionError, HttpParserError):
        if data := await reader.read(_PART_BYTES):
            answer.read(data)
            return True
    return False


async def _send_on(answer: _Answer, reader: asyncio.StreamReader, scope: Scope, send: Any) -> None:
    """Send the answer to the client; where it breaks off, the server hangs up."""
    headers = [(name.lower(), value) for name, value in answer.headers]
    kept = [each for each in headers if each[0] not in _NOT_RETURNED]
    await send({"type": "http.response.start", "status": answer.status, "headers": kept})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b""})
        return
    while not answer.is_complete:
        if answer.parts:
            await send(_part(answer, has_more=True))
        if not await _read_part(answer, reader):
            return
    await send(_part(answer, has_more=False))


def _part(answer: _Answer, *, has_more: bool) -> dict[str, Any]:
    body, answer.parts = b"".join(answer.parts), []
    return {"type": "http.response.body", "body": body, "more_body": has_more}
