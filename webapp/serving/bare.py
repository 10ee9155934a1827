"""Answers without a page, made by the server itself: they cost next to nothing."""

from collections.abc import Sequence
from typing import Any

from webapp.serving.wsgi import Scope, header

Header = tuple[bytes, bytes]

BUSY: Sequence[Header] = [(b"retry-after", b"5")]
CLOSE: Sequence[Header] = [(b"connection", b"close")]


async def answer_bare(
    scope: Scope, send: Any, status: int, text: str = "", headers: Sequence[Header] = ()
) -> None:
    """Answer with a line of text. A body that is still to come is dropped, up to a limit of time.

    Whoever asked whether to send a body is told by the end of the connection that it is not wanted.
    """
    body = f"{text}\n".encode() if text else b""
    given = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-length", b"%d" % len(body)),
        *headers,
    ]
    if header(scope, b"expect") is not None:
        given.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})
