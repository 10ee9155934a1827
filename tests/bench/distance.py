"""A database that is further away: every message takes some milliseconds more, in each direction.

    python -m bench.distance /tmp/ledger-pg-x1/.s.PGSQL.5432 1.0

It passes TCP connections on to that Unix socket, prints its port, and ends when its standard input
is closed. Threads sleep, because the timers of an event loop are only exact to a millisecond.
"""

import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.engine import make_url

_PORT = 5432
_Chunks = queue.SimpleQueue[tuple[float, bytes]]


@contextmanager
def at_distance(url: str, milliseconds: float) -> Iterator[str]:
    """The address of a database on a Unix socket, from that far away."""
    parsed = make_url(url)
    words = [f"{parsed.query['host']}/.s.PGSQL.{_PORT}", str(milliseconds)]
    with subprocess.Popen(
        [sys.executable, "-m", "bench.distance", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin, "a pipe"
        assert process.stdout, "a pipe"
        port = int(process.stdout.readline())
        moved = parsed.set(host="127.0.0.1", port=port, query={})
        yield moved.render_as_string(hide_password=False)
        process.stdin.close()


def _read(source: socket.socket, chunks: _Chunks, seconds: float) -> None:
    data = b"-"
    while data:
        try:
            data = source.recv(65536)
        except OSError:
            data = b""
        chunks.put((time.monotonic() + seconds, data))


def _write(chunks: _Chunks, target: socket.socket) -> None:
    with suppress(OSError):
        while True:
            due, data = chunks.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)


def _connect(client: socket.socket, path: str, seconds: float) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.connect(path)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for source, target in ((client, server), (server, client)):
        chunks: _Chunks = queue.SimpleQueue()
        for work in ((_read, source, chunks, seconds), (_write, chunks, target)):
            threading.Thread(target=work[0], args=work[1:], daemon=True).start()


def _accept(listener: socket.socket, path: str, seconds: float) -> None:
    while True:
        client, _ = listener.accept()
        _connect(client, path, seconds)


def main(path: str, milliseconds: str) -> None:
    """Pass connections on until the standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    accepting = (listener, path, float(milliseconds) / 1000)
    threading.Thread(target=_accept, args=accepting, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
