"""Serves a WSGI app with uvicorn in a thread of this process.

Sockets, HTTP and time limits are here; bridge.py calls the app.
"""

import threading
from collections.abc import Sequence
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from webapp.serving.bridge import Bridge
from webapp.serving.listener import Listener
from webapp.serving.liveness import Liveness
from webapp.serving.request_ids import Network, RequestIds
from webapp.serving.wsgi import RAW_TARGET

_MOST_CONNECTIONS = 1000
_MOST_HEAD_BYTES = 256 * 1024
_SILENT_SECONDS = 120
"""How long a client may send nothing before its request is complete."""
_IDLE_SECONDS = 130
"""How long a connection may be idle between requests: longer than proxies keep theirs."""
_FINISH_SECONDS = 10


class Server:
    """Serves at a listener after `start`, ends cleanly with `stop`.

    Attributes:
        url: Where it listens.
    """

    def __init__(
        self,
        app: Any,
        *,
        listener: Listener,
        threads: int = 32,
        inline: str | None = None,
        ident: str | None = None,
        trusted_proxies: Sequence[Network] = (),
    ) -> None:
        """Paths that begin with `inline` are called on the loop: their views must never wait."""
        self._listener = listener.socket
        self.url = listener.url
        config = uvicorn.Config(
            RequestIds(Liveness(Bridge(app, threads=threads, inline=inline)), trusted_proxies),
            loop="uvloop",
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            headers=[("Server", ident)] if ident else [],
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_FINISH_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=[[self._listener]], name="web", daemon=True
        )

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more requests, finish those under way, and end."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(_FINISH_SECONDS + 1)
        self._listener.close()


class _Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol; keeps the raw target, and closes silent connections."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.access_log = False  # a query may hold numbers and texts, whatever logging is set up
        self._head_bytes = 0
        self._received_at = self.loop.time()
        self._watch = self.loop.call_later(_SILENT_SECONDS, self._check_silence)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received_at = self.loop.time()
        self._head_bytes += len(data)
        if self._head_bytes > _MOST_HEAD_BYTES:
            self.send_400_response("The head of this request is too long.")
            return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        self.scope[RAW_TARGET] = self.url  # type: ignore[literal-required]
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head_bytes = 0
        super().on_body(body)

    def _check_silence(self) -> None:
        is_answering = self.cycle and not (self.cycle.more_body or self.cycle.response_complete)
        silent_until = self._received_at + _SILENT_SECONDS
        if silent_until <= self.loop.time() and not is_answering:
            self.transport.close()
            return
        self._watch = self.loop.call_later(_SILENT_SECONDS, self._check_silence)
