"""Starts and stops a stand-in: web server, posters and notebook."""

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from webapp.standin.exchange import Exchange
from webapp.standin.notebook import Notebook
from webapp.standin.poster import Poster
from webapp.standin.server import Server
from webapp.standin.settings import StandInSettings
from webapp.standin.web import Web


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One text and its status, for tests."""

    sid: str
    to: str
    body: str
    status: str
    status_callback: str | None


class StandIn:
    """A stand-in for Twilio with one account; as a context manager it starts and stops.

    Attributes:
        url: Where it listens, known after the start: twilio-python's base URL.
    """

    def __init__(
        self, settings: StandInSettings, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.url = f"http://{host}:{port}"
        self._settings = settings
        self._host = host
        self._port = port
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._is_running = False

    def start(self) -> None:
        """Listen, and post what is left to post; raises OSError if the port is taken."""
        self._notebook = Notebook(self._settings.state_path)
        self._poster = Poster(self._settings, self._notebook)
        exchange = Exchange(self._settings, self._notebook, self._poster)
        try:
            web = Web(self._settings, exchange, self._stopping.is_set)
            self._server = Server(web, host=self._host, port=self._port)
        except OSError:
            self._notebook.close()
            raise
        self._poster.start()
        self.url = self._server.url
        self._server.start()
        self._is_running = True

    def stop(self) -> None:
        """End within a second, even during a held request; does nothing if not running."""
        self._stopping.set()
        with self._lock:
            if not self._is_running:
                return
            self._is_running = False
        self._poster.stop()
        self._server.stop()
        self._notebook.close()

    def messages(self) -> list[Snapshot]:
        """Return all accepted texts, in the order of their creation."""
        now = time.time()
        return [
            Snapshot(
                sid=message.sid,
                to=message.to,
                body=message.body,
                status=message.moment(now).status,
                status_callback=message.status_callback,
            )
            for message in self._notebook.messages()
        ]

    def wait_until_posted(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until every callback was accepted or given up; return False after the timeout."""
        return self._notebook.wait_until_posted(timeout_seconds)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
