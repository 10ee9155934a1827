"""Serves the stand-in with uvicorn, in a thread of this process."""

import socket
import threading
from typing import Any

import uvicorn

_FINISH_SECONDS = 1
_BACKLOG = 1000


class Server:
    """Listens when created, serves after `start`, ends about a second after `stop`.

    Attributes:
        url: Where it listens; port 0 is replaced by the port that the system chose.
    """

    def __init__(self, app: Any, *, host: str, port: int) -> None:
        """Raises OSError for a port that is taken."""
        self._listener = socket.create_server((host, port), backlog=_BACKLOG)
        self.url = f"http://{host}:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,  # the stand-in has a clock of its own
                headers=[("Server", "Twilio stand-in")],
                timeout_graceful_shutdown=_FINISH_SECONDS,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, args=[[self._listener]], name="standin", daemon=True
        )

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more requests, finish those under way, and end."""
        self._server.should_exit = True
        self._thread.join(_FINISH_SECONDS + 1)
        self._listener.close()
