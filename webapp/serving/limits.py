"""What a client may ask of the server before anybody knows who it is; docs/reference/http.md."""

import resource
from dataclasses import dataclass, replace

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
    target_bytes: int = 8 * KIB
    """An address outside of Twilio's requests, with its query: longer ones take memory to parse."""
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
    small_reads: int = 32
    """Pieces in which a request may come as fast as its client likes: each takes time of others."""
    small_read_bytes: int = 1024
    """A larger piece is not counted."""
    paced_seconds: float = 0.1
    """Before more is read of a request that came in more pieces, or of the rest of a body; 256 KiB
    are read at most, so that a client loses no time that sends faster."""
    page_requests: int = 200
    """Requests for pages that are answered or wait for a thread, at the same time."""
    probe_requests: int = 8
    """The same for `/health` and `/readyz`, which have as many threads of their own."""
    probes_per_second: int = 20
    """Requests for these two, and as many for `/livez`, that are answered at once."""
    promises: int = 2000
    """Answers on the event loop whose future is not done, also those that were given up."""
    page_requests_of_database: int = 200
    """Where a server has several sites: requests for pages of all whose database is on one server.

    An even part of half of them is kept for each site.
    """
    promises_of_database: int = 400
    """The same for promises. Each holds a connection, so several servers may be frozen at once."""
    refusal_seconds: float = 0.5
    """Before a request is refused that costs little, as for a signature that does not fit."""
    check_seconds: float = 1.0
    """Between two looks for connections whose time is over."""


def limits_behind_door() -> Limits:
    """Return the limits of a server to which only another one forwards, within its own limits.

    It adds to the heads, and takes care of the places.
    """
    outside = default_limits()
    return replace(
        outside,
        head_bytes=2 * outside.head_bytes,
        headers=2 * outside.headers,
        page_requests=4 * outside.page_requests,
    )


def default_limits() -> Limits:
    """Return the limits of a server in this process, by the number of files that it may open.

    As many connections again may wait to be accepted while the old ones are being closed.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = _MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else (soft - _OTHER_FILES) // 2
    connections = max(1, min(_MOST_CONNECTIONS, room))
    return Limits(connections=connections, backlog=connections)
