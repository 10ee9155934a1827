"""What a client may ask of the server before anybody knows who it is; docs/reference/http.md."""

import resource
from dataclasses import dataclass

_MOST_CONNECTIONS = 1000
_OTHER_FILES = 256
"""Files that the program needs besides connections: databases, temporary files, logs."""

KIB = 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes are in bytes, times in seconds. Tests use shorter times."""

    connections: int
    """Open at the same time; for a new one beyond that, one that waits for its client is closed."""
    backlog: int = _MOST_CONNECTIONS
    """Connections that wait to be accepted."""
    head_seconds: float = 20
    """From the first byte of a request (of a new connection: from its start) to its whole head."""
    idle_seconds: float = 130
    """Between two requests: longer than proxies keep a connection."""
    head_bytes: int = 32 * KIB
    headers: int = 100
    requests_ahead: int = 4
    """Requests that a client may send before the answer to an earlier one is complete."""
    body_seconds: float = 20
    body_bytes_per_second: int = 8 * KIB
    """Each such number of bytes gives a body one second more."""
    body_bytes: int = 64 * KIB
    """A body, unless its sender may upload files here."""
    body_parts: int = 1000
    """Chunks, or packets, in which a body may come: each takes about as long as a small request."""
    body_part_bytes: int = 256
    """Each such number of bytes of the body allows one part more."""
    stalled_seconds: float = 60
    """While a client takes nothing of an answer that is larger than its buffers."""
    rest_seconds: float = 5
    """For the rest of a body whose request is answered already; it is read and dropped."""
    refused_part_seconds: float = 0.01
    """Between two parts of it, of 256 KiB at most."""
    page_requests: int = 200
    """Requests for pages that are answered or wait for a thread, at the same time."""
    probe_requests: int = 8
    """The same for `/health` and `/readyz`, which have as many threads of their own."""
    promises: int = 2000
    """Answers on the event loop whose future is not done, also those that were given up."""
    refusal_seconds: float = 0.5
    """Between a check of a signature that failed and the answer, so that guessing is slow."""
    check_seconds: float = 1.0
    """Between two looks for connections whose time is over."""


def default_limits() -> Limits:
    """Return the limits of a server in this process, by the number of files that it may open.

    As many connections again may wait to be accepted while the old ones are being closed.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else (soft - _OTHER_FILES) // 2
    connections = max(1, min(_MOST_CONNECTIONS, room))
    return Limits(connections=connections, backlog=connections)
