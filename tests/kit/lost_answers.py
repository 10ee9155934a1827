"""A proxy before PostgreSQL that loses the answers to commits, which are made all the same.

Only commits that append events count; others, such as those of the accounts, are answered.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.engine import make_url

_COMMIT, _EVENTS = b"COMMIT\x00", b"COPY events "
_BYTES = 65_536


class LosingProxy:
    """Passes everything on between the program and the server, except answers that it loses.

    Where it loses one, it waits for the server's answer and ends the connection in its place.
    """

    def __init__(self, server_url: str) -> None:
        self._server = make_url(server_url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._to_lose = 0
        self._goes_down = self._is_down = False
        self._mutex = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of the database through this proxy."""
        host, port = self._listener.getsockname()
        through = self._server.set(host=host, port=port, query={"sslmode": "disable"})
        return through.render_as_string(hide_password=False)

    def lose(self, count: int, *, go_down: bool = False) -> None:
        """Lose the answers to that number of commits, then refuse every connection."""
        with self._mutex:
            self._to_lose, self._goes_down = count, go_down

    def come_back(self) -> None:
        """Connect everybody again."""
        self._is_down = False

    @property
    def is_done(self) -> bool:
        """Whether it has lost them all."""
        return self._to_lose == 0

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                if self._is_down:
                    client.close()
                    continue
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """The protocol takes turns: the server answers a COMMIT before anything else is asked."""
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(f"{self._server.query['host']}/.s.PGSQL.5432")
            is_losing = threading.Event()
            answering = threading.Thread(target=_answer, args=[server, client, is_losing])
            answering.start()
            has_events = False
            while data := client.recv(_BYTES):
                has_events |= _EVENTS in data
                if data.endswith(_COMMIT):
                    if has_events and self._is_next():
                        is_losing.set()
                    has_events = False
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)

    def _is_next(self) -> bool:
        with self._mutex:
            is_next = self._to_lose > 0
            self._to_lose -= is_next
            self._is_down = is_next and self._goes_down and self._to_lose == 0
            return is_next


def _answer(server: socket.socket, client: socket.socket, is_losing: threading.Event) -> None:
    with suppress(OSError):
        while (data := server.recv(_BYTES)) and not is_losing.is_set():
            client.sendall(data)
        client.shutdown(socket.SHUT_RDWR)


@contextmanager
def losing_proxy(server_url: str) -> Iterator[LosingProxy]:
    """A proxy before that database, for the length of the block."""
    proxy = LosingProxy(server_url)
    try:
        yield proxy
    finally:
        proxy.close()
