"""The HTTP side of the exchange: Twilio's paths, basic auth and error bodies, and two own paths.

It is an ASGI application, so that a held create request needs no thread, and a lost connection is
noticed.
"""

import asyncio
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import Authorization

from webapp.standin.behaviour import Answer
from webapp.standin.errors import TwilioError
from webapp.standin.exchange import Accepted, Exchange
from webapp.standin.look_up import looked_up
from webapp.standin.message import API_VERSION
from webapp.standin.settings import StandInSettings

_MESSAGES = re.compile(rf"/{API_VERSION}/Accounts/([^/]+)/Messages(?:/([^/]+))?\.json")
_LOOK_UPS = re.compile(r"/v2/PhoneNumbers/([^/]+)")
_THREADS = 64
_CHECK_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class _Request:
    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    authorization: str | None


@dataclass(frozen=True)
class _Reply:
    """A status and a JSON body; `accepted` is the text of a create request."""

    status: int
    body: Mapping[str, Any]
    accepted: Accepted | None = None


class Web:
    """The ASGI application of a stand-in; `is_stopping` ends every held request."""

    def __init__(
        self, settings: StandInSettings, exchange: Exchange, is_stopping: Callable[[], bool]
    ) -> None:
        self._settings = settings
        self._exchange = exchange
        self._is_stopping = is_stopping
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="standin")

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Answer a request; the callbacks of a text follow the answer, unless that is held."""
        request = await _read(scope, receive)
        loop = asyncio.get_running_loop()
        reply = await loop.run_in_executor(self._pool, self._reply, request)
        accepted = reply.accepted
        if accepted is not None and accepted.answer is Answer.HOLD:
            self._exchange.release(accepted)
            await self._hold(receive)
        try:
            await _write(reply, self._now(), send)
        finally:
            if accepted is not None and accepted.answer is not Answer.HOLD:
                self._exchange.release(accepted)

    async def _hold(self, receive: Any) -> None:
        """Wait until the time is over or the client is gone."""
        is_gone = asyncio.ensure_future(receive())
        until = time.monotonic() + self._settings.hold_seconds
        while (left := until - time.monotonic()) > 0 and not self._is_stopping():
            await asyncio.wait([is_gone], timeout=min(left, _CHECK_SECONDS))
            if is_gone.done():
                return
        is_gone.cancel()

    def _reply(self, request: _Request) -> _Reply:
        try:
            return self._dispatch(request)
        except TwilioError as error:
            return _Reply(error.status, error.body)

    def _dispatch(self, request: _Request) -> _Reply:
        if request.path == "/":
            _check_method(request, "GET")
            return _Reply(200, self._exchange.health())
        self._check_login(request)
        if request.path == "/standin/inbound":
            _check_method(request, "POST")
            return _Reply(201, self._exchange.receive(request.form))
        if look_up := _LOOK_UPS.fullmatch(request.path):
            _check_method(request, "GET")
            return _Reply(200, looked_up(look_up[1], request.query, request.path))
        match = _MESSAGES.fullmatch(request.path)
        if match is None or match[1] != self._settings.account_sid:
            raise TwilioError(20404, f"The requested resource {request.path} was not found")
        _check_method(request, "GET", "POST")
        return self._message(request, match[2]) if match[2] else self._messages(request)

    def _messages(self, request: _Request) -> _Reply:
        if request.method == "GET":
            return _Reply(200, self._exchange.list(request.query, request.path))
        accepted = self._exchange.create(request.form)
        if accepted.answer is Answer.BREAK:
            error = TwilioError(20500, "An internal error has occurred.")
            return _Reply(error.status, error.body, accepted)
        created = accepted.message.as_created(self._settings.clock_ahead_seconds)
        return _Reply(201, created, accepted)

    def _message(self, request: _Request, sid: str) -> _Reply:
        is_read = request.method == "GET"
        exchange = self._exchange
        message = exchange.fetch(sid) if is_read else exchange.update(sid, request.form)
        return _Reply(200, message.as_json(time.time(), self._settings.clock_ahead_seconds))

    def _now(self) -> datetime:
        """The time by the account's clock."""
        return datetime.fromtimestamp(time.time() + self._settings.clock_ahead_seconds, UTC)

    def _check_login(self, request: _Request) -> None:
        login = Authorization.from_header(request.authorization)
        pair = (login.username or "", login.password or "") if login else ("", "")
        expected = (self._settings.account_sid, self._settings.auth_token)
        if not all(map(_is_same, pair, expected)):
            raise TwilioError(20003, "Authenticate")


def _is_same(sent: str, expected: str) -> bool:
    return hmac.compare_digest(sent.encode(), expected.encode())


def _check_method(request: _Request, *allowed: str) -> None:
    if request.method not in allowed:
        raise TwilioError(20004, "Method not allowed.")


async def _read(scope: Mapping[str, Any], receive: Any) -> _Request:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    body, is_whole = b"", False
    while not is_whole:
        message = await receive()
        body += message.get("body", b"")
        is_whole = not message.get("more_body")
    return _Request(
        method=scope["method"],
        path=scope["path"],
        query=_fields(scope["query_string"]),
        form=_fields(body),
        authorization=headers.get(b"authorization"),
    )


def _fields(encoded: bytes) -> dict[str, str]:
    """Return the fields of a form or query; the first value of a repeated name."""
    pairs = parse_qsl(encoded.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))


async def _write(reply: _Reply, now: datetime, send: Any) -> None:
    body = json.dumps(reply.body, separators=(",", ":")).encode()
    headers = [
        (b"date", format_datetime(now, usegmt=True).encode()),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
