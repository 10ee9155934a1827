"""HTTP to Twilio for its SDK: one request, with the token that works, and one answer.

It knows no texts. A proxy's tunnel and a TLS handshake come before the request, so what fails there
never reached Twilio; from the request's first byte on, Twilio may have it. Each request ends in
time, whatever the other side does (see `exchange.py`).
"""

import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests import ConnectTimeout, ReadTimeout
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from ledger.providers.account import TwilioAccount
from ledger.providers.exchange import Exchange

_LARGEST_BODY = 16 * 1024 * 1024
"""A page of 1,000 records with long texts has about half of it."""
_LONGEST_SECONDS = 30.0
"""How long a request may take in all, unless it says otherwise: such a page takes its time."""
_PART = 64 * 1024
_LOGIN_TO_NETWORK = 511
"""What a captive portal answers, and Twilio never does (RFC 6585)."""

_exchange: ContextVar[Exchange] = ContextVar("exchange")
"""The exchange that this thread makes now."""


@dataclass(frozen=True, kw_only=True)
class HttpAnswer:
    """An answer of any status. What is no UTF-8 in its body is replaced."""

    status_code: int
    headers: Mapping[str, str]
    text: str


def was_not_taken(status_code: int) -> bool:
    """Whether an answer with this status says that the request did nothing, whatever its body.

    A redirect is not followed.
    """
    return 300 <= status_code < 500 or status_code == _LOGIN_TO_NETWORK


class NoAnswerError(Exception):
    """There was no whole answer; `cause` names the error's class, since its words have data."""

    def __init__(self, error: Exception, *, may_have_left: bool) -> None:
        super().__init__(type(error).__name__)
        self.cause = type(error).__name__
        self.is_broken = isinstance(error, requests.ConnectionError)
        """Whether the connection broke; if not, time ran out, or the answer is unreadable."""
        self.may_have_left = may_have_left


class TwilioHttp:
    """What the SDK's client uses as its HTTP client; several threads may use it at once."""

    is_async = False

    def __init__(self, account: TwilioAccount) -> None:
        self._tokens = account.auth_tokens
        self._token = account.auth_tokens[0]
        """The token that Twilio took last: while tokens are rotated, either may be valid."""
        self._timeout = account.timeout_seconds
        self.clock_offset = timedelta(0)
        """How far this machine's clock is ahead of Twilio's, by the newest answer."""
        self.is_clock_known = False
        """Whether an answer has told the time of Twilio's clock."""
        self.session = requests.Session()
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, _Adapter(pool_maxsize=account.connections))

    def request(self, method: str, url: str, **options: Any) -> HttpAnswer:
        """Make a request; after a 401, which did nothing, make it once with the other token.

        Both take `timeout` seconds at most. Redirects are not followed. Raises `NoAnswerError`.
        """
        token, timeout = self._token, options.get("timeout")
        deadline = time.monotonic() + (_LONGEST_SECONDS if timeout is None else timeout)
        answer = self._request(method, url, token, deadline, options)
        other = next((each for each in self._tokens if each != token), None)
        if answer.status_code != 401 or other is None:
            return answer
        second = self._request(method, url, other, deadline, options)
        if second.status_code == 401:
            return answer
        self._token = other
        return second

    def _request(
        self, method: str, url: str, token: str, deadline: float, options: Mapping[str, Any]
    ) -> HttpAnswer:
        with Exchange(deadline, self._timeout) as exchange:
            _exchange.set(exchange)
            try:
                return self._answer(
                    method,
                    url,
                    params=options.get("params"),
                    data=options.get("data"),
                    headers=options.get("headers"),
                    auth=(options["auth"][0], token),
                    timeout=exchange.part_seconds(),
                )
            except Exception as error:  # noqa: BLE001 - nothing that an answer holds may stop a sender
                late = ReadTimeout() if exchange.may_have_left else ConnectTimeout()
                cause = late if exchange.is_over else error
                raise NoAnswerError(cause, may_have_left=exchange.may_have_left) from None

    def _answer(self, method: str, url: str, **options: Any) -> HttpAnswer:
        with self.session.request(
            method, url, allow_redirects=False, stream=True, **options
        ) as response:
            self._compare_clocks(response.headers.get("Date", ""))
            return HttpAnswer(
                status_code=response.status_code, headers=response.headers, text=_text(response)
            )

    def _compare_clocks(self, date: str) -> None:
        """In whole minutes: the date has whole seconds, and an answer needs time to come."""
        with suppress(ValueError, OverflowError):  # no date, or none that can be read
            twilios = parsedate_to_datetime(date).replace(tzinfo=UTC)  # HTTP has no other zone
            ahead = datetime.now(UTC) - twilios
            self.clock_offset = timedelta(minutes=round(ahead / timedelta(minutes=1)))
            self.is_clock_known = True


def _text(response: requests.Response) -> str:
    """Return the body; a blank one where it breaks off and the status says enough without it."""
    try:
        return _body(response).decode("utf-8-sig", "replace")
    except Exception:
        if was_not_taken(response.status_code):
            return ""
        raise


def _body(response: requests.Response) -> bytes:
    """Raise `ValueError` for a body that is too large, `TimeoutError` for one that takes long."""
    body = bytearray()
    while part := response.raw.read1(_PART, decode_content=True):
        body += part
        if len(body) > _LARGEST_BODY:
            raise ValueError("The answer has no end.")
    _exchange.get().check()  # its connection may have ended for that alone
    return bytes(body)


class _PlainConnection(HTTPConnection):
    """Connects before the request begins, so that what fails until then has certainly not left."""

    def _new_conn(self) -> socket.socket:
        try:
            return _exchange.get().connect(self._dns_host, self.port, self.socket_options)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "The time is over.") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error

    def _tunnel(self) -> None:
        super()._tunnel()
        _exchange.get().check()  # an answer that was cut off then may look whole

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()
        else:
            _exchange.get().watch(self.sock)
        _exchange.get().begin_request()
        super().request(*args, **options)


class _TlsConnection(_PlainConnection, HTTPSConnection):
    """The same with TLS: `connect` is that of `HTTPSConnection`."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _PlainPool, "https": _TlsPool}


class _Adapter(HTTPAdapter):
    """Makes connections that note when a request begins, directly and through an HTTP proxy."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if str(proxy).lower().startswith("socks"):
            _exchange.get().may_have_left = True  # a SOCKS proxy has connections of its own kind
        else:
            manager.pool_classes_by_scheme = _POOLS
        return manager
