"""Posts a message to an endpoint: one request and the beginning of its answer, with limits.

No redirect is followed and no proxy used. The IP address that is connected to is checked, so that
a name that changes its address cannot lead into a private network.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, partial
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ledger.messages.outside_text import encodable
from ledger.providers.exchange import Exchange
from webapp.webhooks.addresses import PrivateAddressError, check_ip

SILENCE_SECONDS = 10.0
"""How long connecting may take, and the wait for each part of the answer."""
LONGEST_SECONDS = 20.0
"""How long a request may take in all."""
_MOST_BYTES = 4096
"""How much of an answer is read; of a longer one, the connection is closed."""
_SHOWN_CHARACTERS = 200
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600.0
"""How long an endpoint can ask to be left alone."""
_GONE = 410


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of one request."""

    status_code: int | None = None
    """None where there was no answer."""
    error: str = ""
    """Why there was none, in words."""
    seconds: float = 0.0
    text: str = ""
    """The first characters of the answer."""
    retry_after_seconds: float = 0.0
    """How long the endpoint asked to be left alone."""

    @property
    def is_taken(self) -> bool:
        """Whether the endpoint took the message."""
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants no message any more."""
        return self.status_code == _GONE


class Poster:
    """Posts to one address, over one connection that is kept while the endpoint keeps it."""

    def __init__(self, url: str, *, allows_private: bool) -> None:
        self._parts = urlsplit(url)
        self._check_ip = partial(check_ip, allows_private=allows_private)
        self._connection: http.client.HTTPConnection | None = None

    def post(self, headers: Mapping[str, str], body: str) -> Answer:
        """Post a body and return the answer; whatever fails is in the answer."""
        began = time.monotonic()
        exchange = Exchange(began + LONGEST_SECONDS, SILENCE_SECONDS, self._check_ip)
        is_kept = self._connection is not None
        try:
            with exchange:
                try:
                    answer = self._post(exchange, headers, body.encode())
                except (http.client.RemoteDisconnected, ConnectionError):
                    if not is_kept or exchange.is_over:
                        raise
                    self.close()  # the endpoint ended the kept connection meanwhile
                    answer = self._post(exchange, headers, body.encode())
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            answer = Answer(error=_words(error, is_late=exchange.is_over))
        return _after(answer, time.monotonic() - began)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None

    def _post(self, exchange: Exchange, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = self._open(exchange)
        exchange.begin_request()
        connection.request("POST", _target(self._parts), body, dict(headers) | _OWN_HEADERS)
        response = connection.getresponse()
        content = response.read(_MOST_BYTES + 1)
        if not response.isclosed() or response.will_close:
            self.close()  # more of the answer may come, which would be taken for the next one
        return Answer(
            status_code=response.status,
            text=encodable(content[:_MOST_BYTES].decode(errors="replace"))[:_SHOWN_CHARACTERS],
            retry_after_seconds=_retry_after(response.getheader("Retry-After")),
        )

    def _open(self, exchange: Exchange) -> http.client.HTTPConnection:
        if self._connection is None:
            connection = _new_connection(self._parts)
            sock = exchange.connect(connection.host, connection.port, [_NO_DELAY])
            if self._parts.scheme == "https":
                sock = _tls().wrap_socket(sock, server_hostname=connection.host)
            connection.sock = sock
            self._connection = connection
        elif self._connection.sock is not None:
            exchange.watch(self._connection.sock)
        if self._connection.sock is None:
            raise ConnectionResetError
        self._connection.sock.settimeout(exchange.part_seconds())
        return self._connection


_NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
_OWN_HEADERS = {"User-Agent": "delivery-ledger"}


def _new_connection(parts: SplitResult) -> http.client.HTTPConnection:
    """Return an unconnected connection; it makes no TLS of its own."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(parts.hostname or "", port)
    connection.auto_open = 0
    connection.default_port = 443 if parts.scheme == "https" else 80
    return connection


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _after(answer: Answer, seconds: float) -> Answer:
    values: dict[str, Any] = vars(answer) | {"seconds": seconds}
    return Answer(**values)


def _retry_after(header: str | None) -> float:
    """Return the seconds of a Retry-After header, at most a day; 0 for what is none."""
    text = (header or "").strip()
    if text.isdecimal() and len(text) < 10:
        return min(float(text), LONGEST_RETRY_AFTER_SECONDS)
    try:
        seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "no answer in time"),
    (PrivateAddressError, "refused here: the name leads to a private address"),
    (socket.gaierror, "the name is not known"),
    (ssl.SSLCertVerificationError, "the certificate is not valid"),
    (ssl.SSLError, "no agreement on TLS"),
    (ConnectionRefusedError, "the connection was refused"),
    (ConnectionError, "the connection was broken"),
    (http.client.HTTPException, "the answer was not HTTP"),
    (ValueError, "the answer was not HTTP"),
)
"""Kinds of errors, the narrower ones first."""


def _words(error: Exception, *, is_late: bool) -> str:
    """Return why there was no answer, without addresses."""
    kinds = (words for kind, words in _WORDS if isinstance(error, kind))
    return "no answer in time" if is_late else next(kinds, "the network is away")
