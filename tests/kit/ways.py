"""A port on the way to Twilio, such as a proxy's; what it does with connections can be changed."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kit.raw_http import Act


def hang(connection: socket.socket) -> None:
    """Say nothing until the client goes."""
    while connection.recv(65_536):
        pass


def close(connection: socket.socket) -> None:
    """Read the client's first words, and close."""
    connection.recv(1)


def by_tls(certificate: Path, act: Act) -> Act:
    """Do this after a TLS handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            act(secure)

    return serve


def tunnel(connection: socket.socket) -> None:
    """Open a tunnel to the address that CONNECT names, and carry bytes both ways."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(65_536)
        if not part:
            return
        head += part
    host, _, port = head.split(b" ")[1].decode().rpartition(":")
    with socket.create_connection((host, int(port))) as other:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        _carry_both_ways(connection, other)


def carry_to(port: int) -> Act:
    """Carry bytes both ways between a connection and one to that port."""

    def serve(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as other:
            _carry_both_ways(connection, other)

    return serve


def _carry_both_ways(connection: socket.socket, other: socket.socket) -> None:
    back = threading.Thread(target=_carry, args=[other, connection])
    back.start()
    _carry(connection, other)
    back.join(10)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Way:
    """Does `act` with each connection."""

    def __init__(self, act: Act) -> None:
        self.act = act
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._count = threading.Condition()
        self._connections = 0

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def wait_for_connections(self, more: int) -> None:
        """Wait until this number of further connections came, a minute at most."""
        with self._count:
            target = self._connections + more
            assert self._count.wait_for(lambda: self._connections >= target, timeout=60)

    @contextmanager
    def running(self) -> Iterator["Way"]:
        accepting = threading.Thread(target=self._accept)
        accepting.start()
        try:
            yield self
        finally:
            self._listener.shutdown(socket.SHUT_RDWR)
            accepting.join(10)
            self._listener.close()

    def _accept(self) -> None:
        serving = []
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                serving.append(threading.Thread(target=self._serve, args=[connection]))
                serving[-1].start()
        for thread in serving:
            thread.join(10)

    def _serve(self, connection: socket.socket) -> None:
        with self._count:
            self._connections += 1
            self._count.notify_all()
        with connection, suppress(OSError):
            connection.settimeout(70)
            self.act(connection)
