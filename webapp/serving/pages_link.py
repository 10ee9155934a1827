"""The way from the process that has the port to the process of the pages: a Unix socket.

The socket has no name by the time anybody could look for it: its file is removed as soon as there
is a descriptor of it, and this process connects through the descriptor. So nobody else can connect,
and no file is left behind, however the program ends.
"""

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TypeVar

from ledger.errors import BadSetting

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
T = TypeVar("T")

_BACKLOG = 1000
_NAME = "pages"
_IN_MEMORY = "/dev/shm"  # noqa: S108 - the folder is made with a name that nobody can know
"""Where a file can be made although the disk of temporary files is full."""
_LOOK_SECONDS = 2.0
"""How long an answer is waited for before a look whether anybody works on it; and the look."""
_JSON = "application/json"
_PING = b"GET /livez HTTP/1.1\r\nHost: pages\r\n\r\n"


class PagesAwayError(Exception):
    """The process of the pages does not answer, or not yet."""


@dataclass(frozen=True)
class PagesSocket:
    """The two ends of the way."""

    listener: socket.socket
    """What the process of the pages listens on."""
    address: str
    """Where this process connects: "/proc/self/fd/9"."""


@contextmanager
def pages_socket() -> Iterator[PagesSocket]:
    """Make the socket. Raises `BadSetting` where no folder takes its file."""
    with socket.socket(socket.AF_UNIX) as listener:
        descriptor = _listen(listener)
        try:
            yield PagesSocket(listener, f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)


def _listen(listener: socket.socket) -> int:
    """Listen, and return a descriptor of the file, which is removed."""
    for folder in (_IN_MEMORY, None):
        with suppress(OSError):
            return _listen_in(folder, listener)
    raise BadSetting(
        f"A socket can be made neither in {_IN_MEMORY} nor in the folder for temporary files. Free "
        "some room there, or set TMPDIR to another folder."
    )


def _listen_in(parent: str | None, listener: socket.socket) -> int:
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        place = os.open(folder, os.O_PATH)
        try:
            listener.bind(f"/proc/self/fd/{place}/{_NAME}")  # a path may be too long for a socket
            listener.listen(_BACKLOG)
            return os.open(_NAME, os.O_PATH, dir_fd=place)
        finally:
            os.close(place)


class PagesLink:
    """Connects to the process of the pages, and knows whether it answers; for one event loop."""

    def __init__(self, address: str) -> None:
        """`address` is that of a `PagesSocket`."""
        self._address = address
        self._is_away = True
        self._look: asyncio.Task[bool] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Streams]:
        """Yield the streams of a new connection. Raises `PagesAwayError`."""
        if self._is_away and not await self._answers():
            raise PagesAwayError
        try:
            reader, writer = await asyncio.open_unix_connection(self._address)
        except OSError as error:
            raise PagesAwayError from error
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def patiently(self, answer: Awaitable[T]) -> T:
        """Await the beginning of an answer as long as the other process works at all.

        Raises `PagesAwayError`.
        """
        waiting = asyncio.ensure_future(answer)
        try:
            while not (await asyncio.wait([waiting], timeout=_LOOK_SECONDS))[0]:
                if not await self._answers() and not waiting.done():
                    raise PagesAwayError
        finally:
            waiting.cancel()
        return waiting.result()

    def ask(self, path: str, host: str = "pages") -> bytes | None:
        """Return the JSON that the other process itself answers at a path; None where it does not.

        It waits for the answer, for a short time only; to be called in a thread. `host` matters
        where that process serves several.
        """
        connection = HTTPConnection("pages", timeout=_LOOK_SECONDS)
        with closing(connection), suppress(OSError, HTTPException):
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(_LOOK_SECONDS)
            connection.sock.connect(self._address)
            connection.request("GET", path, headers={"Host": host})
            answer = connection.getresponse()
            return answer.read() if answer.headers.get_content_type() == _JSON else None
        return None

    async def _answers(self) -> bool:
        """Look whether the other process answers; all who want to know share one look."""
        if self._look is None:
            self._look = asyncio.create_task(self._ping())
        return await asyncio.shield(self._look)

    async def _ping(self) -> bool:
        answered = b""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._address)
                try:
                    writer.write(_PING)
                    answered = await reader.read(1)
                finally:
                    writer.transport.abort()
        self._is_away, self._look = not answered, None
        return bool(answered)
