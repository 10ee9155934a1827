"""Serves WSGI apps with uvicorn in a thread of this process.

The socket and uvicorn's settings are here; protocol.py has the limits, bridge.py calls the apps.
"""

import threading
from collections.abc import Sequence
from typing import Any, cast

import uvicorn

from webapp.serving.bridge import Bridge, Uploads
from webapp.serving.inline import Inline
from webapp.serving.limits import Limits, default_limits
from webapp.serving.listener import Listener
from webapp.serving.liveness import Liveness
from webapp.serving.prefix import Prefix
from webapp.serving.protocol import protocol_within
from webapp.serving.request_ids import Network, RequestIds

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
        inline: Inline | None = None,
        uploads: Uploads | None = None,
        limits: Limits | None = None,
        trusted_proxies: Sequence[Network] = (),
        public_path: str = "",
    ) -> None:
        """`app` is called in threads, for all requests that `inline` does not take.

        `public_path` is the path of the public address, which a proxy may take away or keep.
        """
        limits = limits or default_limits()
        self._listener = listener.socket
        self.url = listener.url
        bridge = Bridge(app, limits, threads=threads, inline=inline, uploads=uploads)
        answering = Liveness(bridge, inline.proof if inline else None)
        config = uvicorn.Config(
            RequestIds(Prefix(answering, public_path), trusted_proxies),
            loop="uvloop",
            http=cast("Any", protocol_within(limits)),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # what clients do wrong must not fill a log
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=limits.backlog,
            timeout_keep_alive=int(limits.idle_seconds),
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
