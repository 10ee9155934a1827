"""Starts and stops a stand-in: the web server, the posters and the notebook together."""

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
    """One text as it stands, for a look from inside."""

    sid: str
    to: str
    body: str
    status: str
    status_callback: str | None


class StandIn:
    """A Twilio of one account on this machine; as a context manager it is started and stopped.

    Attributes:
        url: Where it listens, known once it has started; what twilio-python calls the base URL.
    """

    def __init__(
        self, settings: StandInSettings, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.url = f"http://{host}:{port}"
        self._settings = settings
        self._host = host
        self._port = port
        self._stopping = threading.Event()
        self._turn = threading.Lock()
        self._is_running = False

    def start(self) -> None:
        """Listen, and go on with what is still to be posted; OSError when the port is taken."""
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
        """End within a second, whatever is being held or posted; harmless when not running."""
        self._stopping.set()
        with self._turn:
            if not self._is_running:
                return
            self._is_running = False
        self._poster.stop()
        self._server.stop()
        self._notebook.close()

    def messages(self) -> list[Snapshot]:
        """All texts taken so far, in the order of their creation."""
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
        """Wait until every callback was taken or given up; false when time ran out first."""
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
