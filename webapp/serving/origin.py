"""Whose request it is that one process of the program forwards to another: a private header.

    X-Delivery-Ledger-Origin: {"client": ["192.0.2.7", 51334], "server": ["127.0.0.1", 5000],
                               "request_id": "7f3a9c5d20b14e68", "trace_parent": "",
                               "has_expect": false}                            (one line)

Who forwards removes the header from what clients send, and only the socket between the two
processes believes it.
"""

import json
from collections.abc import Sequence
from typing import Any

from webapp import tracing
from webapp.serving.current_request import keep_request_id, request_id
from webapp.serving.wsgi import Scope, header

ORIGIN = b"x-delivery-ledger-origin"

Header = tuple[bytes, bytes]


def origin_of(scope: Scope) -> Header:
    """Return the header for a request that this task forwards."""
    origin = {
        "client": scope["client"],
        "server": scope["server"],
        "request_id": request_id(),
        "trace_parent": tracing.trace_parent(),
        "has_expect": header(scope, b"expect") is not None,
    }
    return ORIGIN, json.dumps(origin).encode()


class BehindDoor:
    """The ASGI app round another one, to which a request looks as it did where it arrived."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request that was forwarded, or one of the other process itself."""
        given = header(scope, ORIGIN)
        if given is None:
            await self._app(scope, receive, send)
            return
        origin = json.loads(given)
        keep_request_id(origin["request_id"])
        tracing.continue_from(origin["trace_parent"])
        original = {
            **scope,
            "client": _address(origin["client"]),
            "server": _address(origin["server"]),
            "headers": _original(scope["headers"], has_expect=origin["has_expect"]),
        }
        await self._app(original, receive, send)


def _original(headers: Sequence[Header], *, has_expect: bool) -> list[Header]:
    """Return the headers without those that were added on the way."""
    added = {ORIGIN} if has_expect else {ORIGIN, b"expect"}
    return [(name, value) for name, value in headers if name not in added]


def _address(parts: list[Any] | None) -> tuple[Any, ...] | None:
    return tuple(parts) if parts else None
