"""Serves a WSGI app with waitress, in threads of this process, until told to stop."""

import socket
import threading
from typing import Any

from waitress.server import create_server
from waitress.wasyncore import close_all

_FINISH_SECONDS = 0.4
_MOST_CONNECTIONS = 1000
_LARGEST_BODY = 34 * 1024 * 1024
"""A little above the largest upload; what a page or a callback takes is its own affair."""


class Server:
    """Listens from the beginning, serves from `start`, ends within a second of `stop`.

    Attributes:
        url: Where it listens, with the port that was chosen where 0 was asked for.
    """

    def __init__(
        self, app: Any, *, host: str, port: int, threads: int = 32, ident: str | None = None
    ) -> None:
        """Raises OSError for a port that is taken or a host that is not this machine's."""
        listener = socket.create_server((host, port))
        self.url = f"http://{host}:{listener.getsockname()[1]}"
        self._channels: dict[int, object] = {}
        self._server = create_server(
            app,
            map=self._channels,
            sockets=[listener],
            threads=threads,
            connection_limit=_MOST_CONNECTIONS,
            max_request_body_size=_LARGEST_BODY,
            channel_request_lookahead=1,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
            ident=ident,
        )
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, let those under way finish, and end."""
        self._server.task_dispatcher.shutdown(timeout=_FINISH_SECONDS)
        if self._thread.is_alive():
            self._server.trigger.pull_trigger(self._close)
            self._thread.join(1)
        else:
            self._close()

    def _close(self) -> None:
        close_all(self._channels)
