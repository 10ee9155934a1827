"""The socket that a server listens on, opened before anything else is imported or started."""

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ledger.errors import BadSetting

OptionWriter = Callable[[str, object], str]
"""Writes an option with a value: `port`, 5001 → `--port 5001`."""

_BACKLOG = 1000
_THIS_MACHINE = "127.0.0.1"
_OTHER_PORT = 5001
_FIRST_FREE_PORT = 1024
"""Lower ports need the rights of root."""

_NO_ADDRESS = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL}


@dataclass(frozen=True)
class Listener:
    """A socket to which clients can connect; a server accepts them later.

    Attributes:
        url: Where it listens, such as `http://127.0.0.1:5000`.
    """

    socket: socket.socket
    url: str


def listen(host: str, port: int, option: OptionWriter = "--{} {}".format) -> Listener:
    """Listen at a host and port; port 0 is replaced by one that the system chooses.

    Raises `BadSetting` as `listen_errors` does.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with listen_errors(host, port, option):
        opened = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    return Listener(opened, f"http://{shown}:{opened.getsockname()[1]}")


@contextmanager
def listen_errors(host: str, port: int, option: OptionWriter) -> Iterator[None]:
    """Raise `BadSetting` for a port that is taken or forbidden, and a host of another machine.

    `option` writes the name and the value of an option as the error shall name them.
    """
    if not host.strip():
        example = option("host", _THIS_MACHINE)
        raise BadSetting(f"The host is blank. Choose an address of this machine: {example}")
    try:
        yield
    except (OSError, UnicodeError) as error:
        raise BadSetting(_sentence(error, host, port, option)) from error


def _sentence(error: Exception, host: str, port: int, option: OptionWriter) -> str:
    code = getattr(error, "errno", None) or 0
    other_port = option("port", _OTHER_PORT if port != _OTHER_PORT else _OTHER_PORT + 1)
    if code == errno.EADDRINUSE:
        return (
            f"Another program uses port {port} of {host}. End that program, or choose another "
            f"port: {other_port}"
        )
    if code == errno.EACCES:
        return (
            f"Only root may use port {port}. Choose a port from {_FIRST_FREE_PORT} on: {other_port}"
        )
    is_unknown_name = code < 0 or isinstance(error, UnicodeError)
    if code in _NO_ADDRESS or is_unknown_name:
        example = option("host", _THIS_MACHINE)
        return f"{host} is no address of this machine. Choose one that is: {example}"
    why = os.strerror(code)
    return f"Cannot listen on port {port} of {host}: {why}. Choose another port: {other_port}"
