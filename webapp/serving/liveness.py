"""`/livez`: whether this process works at all. It is answered on the event loop, by no app.

So it depends on no thread, database or disk: a process that does not answer must be restarted.
"""

from typing import Any

from webapp.serving.wsgi import Scope, header

LIVEZ = "/livez"
_HEADERS = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]


class Liveness:
    """The ASGI app round another one that answers `GET /livez` with "alive"."""

    def __init__(self, app: Any, proof: bytes | None) -> None:
        """Whatever has the header `proof` is passed on, also at this address."""
        self._app = app
        self._proof = proof

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request, or pass it on."""
        is_asked = scope["path"] == LIVEZ and scope["method"] in {"GET", "HEAD"}
        if not is_asked or (self._proof and header(scope, self._proof) is not None):
            await self._app(scope, receive, send)
            return
        body = b"alive\n" if scope["method"] == "GET" else b""
        headers = [*_HEADERS, (b"content-length", b"6")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
