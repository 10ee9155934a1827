"""Calls an app on the event loop; a view may return a promise of its answer.

Nothing that is called here may block, because every other request would wait. Requests are checked
before they cost anything: those without the header that proves their origin reach no app.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from flask import Response
from werkzeug.wrappers import Response as AnyResponse

from webapp.serving.bare import BUSY, refuse
from webapp.serving.body import BodyTooLargeError, read_body
from webapp.serving.connections import CONNECTION, Connection, hold
from webapp.serving.limits import KIB, Limits
from webapp.serving.room import Share
from webapp.serving.wsgi import Environ, Scope, close, environ_of, header, with_body

Message = dict[str, Any]
Refusal = Callable[[], AnyResponse | None]

_PROMISE = "delivery_ledger.promise"
"""In the environ of a request on the event loop: the promise that the view returned, or None."""
ASKED_AT = "delivery_ledger.asked_at"
"""In the scope of a request that waited for its site: since when, in the time of the loop."""
_SMALL = 8 * KIB
"""Larger bodies are checked one at a time, with a turn of the loop after each."""


@dataclass(frozen=True, kw_only=True)
class Inline:
    """What is answered on the event loop: requests with a path or with a header of their own."""

    app: Any
    prefix: str
    """How the paths begin that only such requests have: "/twilio/"."""
    proof: bytes
    """The header that every such request has, in lower case: b"x-twilio-signature"."""
    largest_body: int
    """In bytes."""
    patience_seconds: float
    """How long a promise is waited for; an answer of failure is given after this time."""
    on_unproven: Callable[[], None]
    """Called for each request that is refused because it has no proof."""
    on_too_large: Callable[[], None]
    """Called for each request with the header that is refused because its body is too large."""


class Promise(Response):
    """A 204 that is sent when a future is done."""

    def __init__(self, future: "Future[Any]", refusal: Refusal) -> None:
        """`refusal` is called once, when the future is done or no longer waited for.

        Its response replaces the 204.
        """
        super().__init__(status=204, mimetype=None)
        self._future = future
        self._refusal = refusal

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer as a WSGI app; on the event loop, `InlineApp` delays the answer."""
        if _PROMISE in environ:
            environ[_PROMISE] = self
            return super().__call__(environ, start_response)
        self._future.exception()  # waits
        refusal = self._refusal()
        return (refusal or super().__call__)(environ, start_response)

    def when_done(self, call: Callable[[], None]) -> None:
        """Call this on the event loop once the future is done."""
        loop = asyncio.get_running_loop()
        self._future.add_done_callback(lambda _: _call_on(loop, call))

    async def refused(self, seconds: float) -> AnyResponse | None:
        """Await the future, at most this number of seconds; return the refusal, if there is one."""
        is_over = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(seconds, is_over.set)
        self.when_done(is_over.set)
        try:
            await is_over.wait()
        finally:
            timer.cancel()
        return self._refusal()


class InlineApp:
    """The ASGI app for the requests that are answered on the event loop."""

    def __init__(self, inline: Inline, limits: Limits, share: Share | None = None) -> None:
        """`share` is what other sites make promises of as well."""
        self._inline, self._limits = inline, limits
        self._turn = asyncio.Lock()
        self._share = share or Share(2 * limits.promises)
        self._promises = 0

    def takes(self, scope: Scope) -> bool:
        """Whether this app answers the request."""
        path: str = scope["path"]
        return path.startswith(self._inline.prefix) or self._has_proof(scope)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request; may raise what `read_body` does."""
        if not self._has_proof(scope):
            self._inline.on_unproven()
            words = "Only signed requests are taken here."
            await refuse(scope, send, self._limits, status=403, text=words)
            return
        try:
            body, size = await read_body(
                scope, receive, self._limits, largest=self._inline.largest_body
            )
        except BodyTooLargeError:
            self._inline.on_too_large()
            raise
        with body:
            if self._may_promise():
                environ = environ_of(with_body(scope, body, size))
                head, content = await self._answer(environ, scope[CONNECTION], size)
                await send(head)
                await send(content)
            else:
                words = "Too much waits for the ledger."
                await refuse(scope, send, self._limits, status=503, text=words, headers=BUSY)

    def _may_promise(self) -> bool:
        is_free = self._share.is_free_for(self._promises)
        return is_free and self._promises < self._limits.promises

    def _count_promise(self) -> None:
        self._promises += 1
        self._share.take()

    def _forget_promise(self) -> None:
        self._promises -= 1
        self._share.give_back()

    def _has_proof(self, scope: Scope) -> bool:
        return header(scope, self._inline.proof) is not None

    async def _answer(
        self, environ: Environ, connection: Connection, size: int
    ) -> tuple[Message, Message]:
        now = asyncio.get_running_loop().time()
        asked_at = environ["asgi.scope"].get(ASKED_AT, now)
        environ[_PROMISE] = None
        environ.pop("HTTP_HOST", None)  # it may be unreadable, and plays no part here
        async with self._turn if size > _SMALL else nullcontext():
            head, content = _call(self._inline.app, environ)
            if size > _SMALL:
                await asyncio.sleep(0)
        promise: Promise | None = environ.pop(_PROMISE)
        if promise is None:
            # OPTIONS is answered by Flask itself, whoever asks.
            if head["status"] >= 400 or environ["REQUEST_METHOD"] == "OPTIONS":
                await hold(connection, asked_at + self._limits.refusal_seconds)
            return head, content
        self._count_promise()
        promise.when_done(self._forget_promise)
        patience_seconds = asked_at + self._inline.patience_seconds - now
        if (refusal := await promise.refused(max(patience_seconds, 0))) is not None:
            await hold(connection, asked_at + self._inline.patience_seconds)
            return _call(refusal, environ)
        return head, content


def _call_on(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the server has ended, and its loop is closed
        loop.call_soon_threadsafe(call)


def _call(app: Any, environ: Environ) -> tuple[Message, Message]:
    """Return the head and the whole body of the app's answer."""
    heads: list[tuple[str, list[tuple[str, str]]]] = []
    parts = app(environ, lambda status, headers, _error=None: heads.append((status, headers)))
    try:
        body = b"".join(parts)
    finally:
        close(parts)
    status, headers = heads[-1]
    head = {
        "type": "http.response.start",
        "status": int(status[:3]),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
    }
    return head, {"type": "http.response.body", "body": body}
