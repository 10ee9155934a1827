"""Serves an ASGI app with uvicorn in a thread of this process.

The socket and uvicorn's settings are here; protocol.py has the limits, site.py the app of a ledger.
"""

import threading
from typing import Any, cast

import uvicorn

from webapp.serving.limits import Limits, default_limits, limits_behind_door
from webapp.serving.listener import Listener
from webapp.serving.liveness import Liveness
from webapp.serving.origin import BehindDoor
from webapp.serving.protocol import protocol_within

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
        limits: Limits | None = None,
        is_behind_door: bool = False,
    ) -> None:
        """`app` is the ASGI app of a site, or of several.

        Where it `is_behind_door`, another process of the program is all that connects: it has
        applied the limits, and says who asks.
        """
        limits = limits or (limits_behind_door() if is_behind_door else default_limits())
        self._listener = listener.socket
        self.url = listener.url
        config = uvicorn.Config(
            Liveness(BehindDoor(app), None, limits) if is_behind_door else app,
            loop="uvloop",
            http=cast("Any", protocol_within(limits)),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # what clients do wrong must not fill a log
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=not is_behind_door,
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
