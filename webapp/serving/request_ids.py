"""The id of each request: in a header of its answer, on its error page, and in its log lines.

It is a header such as `X-Request-Id: 7f3a9c5d20b14e68`.
"""

import re
import secrets
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from webapp import tracing
from webapp.serving.current_request import keep_request_id
from webapp.serving.wsgi import Scope, header

Network = IPv4Network | IPv6Network

_HEADER = b"x-request-id"
_TRACE_PARENT = b"traceparent"
_BYTES = 8
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """The ASGI app round another one that gives every request its id.

    The id is that of the header X-Request-Id, where a trusted proxy sent one of 8 to 64 letters,
    digits, dots, hyphens or underscores; otherwise it is a new one. Likewise only a trusted proxy's
    `traceparent` is continued.
    """

    def __init__(self, app: Any, trusted_proxies: Sequence[Network] = ()) -> None:
        """`trusted_proxies` are the addresses whose header is believed."""
        self._app = app
        self._trusted = trusted_proxies

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request, and add its id to the answer."""
        current = self._given(scope) or secrets.token_hex(_BYTES)
        keep_request_id(current)
        if tracing.is_on() and self._is_trusted(scope):
            tracing.continue_from((header(scope, _TRACE_PARENT) or b"").decode("latin-1"))

        async def send_with_id(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (_HEADER, current.encode())]}
            await send(message)

        await self._app(scope, receive, send_with_id)

    def _given(self, scope: Scope) -> str | None:
        """Return the id that a trusted proxy gave; None where there is no well-formed one."""
        given = [value for name, value in scope["headers"] if name == _HEADER]
        if len(given) != 1 or not _WELL_FORMED.fullmatch(given[0]) or not self._is_trusted(scope):
            return None
        return str(given[0].decode())

    def _is_trusted(self, scope: Scope) -> bool:
        if not self._trusted or not scope["client"]:
            return False
        address = ip_address(scope["client"][0])
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._trusted)
