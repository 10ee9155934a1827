"""Answers without a page, made by the server itself: they cost next to nothing.

A client that asks again at once for what it was refused would still take all of the event loop. So
a refusal takes its time, and n connections get 2n of them a second.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from webapp.api.problem_types import ABOUT, MEDIA_TYPE, kind_of_status, type_of
from webapp.serving.connections import CONNECTION, hold
from webapp.serving.current_request import request_id
from webapp.serving.limits import Limits
from webapp.serving.wsgi import Scope, header

Header = tuple[bytes, bytes]

_API = "/api/"
"""In the path of every request of the API; below a public path there is more before it."""
BUSY: Sequence[Header] = [(b"retry-after", b"5")]
CLOSE: Sequence[Header] = [(b"connection", b"close")]


async def refuse(
    scope: Scope,
    send: Any,
    limits: Limits,
    *,
    status: int,
    text: str,
    headers: Sequence[Header] = (),
) -> None:
    """Answer with a line of text, not at once; the connection may be closed to make room."""
    until = asyncio.get_running_loop().time() + limits.refusal_seconds
    await hold(scope[CONNECTION], until)
    await answer_bare(scope, send, status, text, headers)


async def answer_bare(
    scope: Scope, send: Any, status: int, text: str = "", headers: Sequence[Header] = ()
) -> None:
    """Answer with a line of text. A body that is still to come is read for a while, and dropped."""
    body, media_type = _body(scope, status, text)
    given = [
        (b"content-type", media_type),
        (b"cache-control", b"no-store"),
        (b"content-length", b"%d" % len(body)),
        *headers,
    ]
    send = without_body(scope, send)
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})


def _body(scope: Scope, status: int, text: str) -> tuple[bytes, bytes]:
    """Return a line of text, or for a client of the API a problem (RFC 9457); and which it is."""
    if _API not in scope["path"]:
        return (f"{text}\n".encode() if text else b""), b"text/plain; charset=utf-8"
    kind = kind_of_status(status)
    problem = {
        "type": type_of(kind),
        "title": ABOUT[kind].title,
        "status": status,
        "detail": text,
        "instance": scope["path"],
        "request_id": request_id(),
        "errors": [],
    }
    return json.dumps(problem).encode(), MEDIA_TYPE.encode()


def without_body(scope: Scope, send: Any) -> Any:
    """Return what sends an answer to a request whose body is not read.

    The end of the connection tells a client that asked first that the body is not wanted.
    """

    async def send_last(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *CLOSE]}
        await send(message)

    return send if header(scope, b"expect") is None else send_last
