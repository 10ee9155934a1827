"""Calls the app on the event loop; a view may return a promise of its answer.

Nothing that is called here may block, because every other request would wait.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from flask import Response
from werkzeug.wrappers import Response as AnyResponse

from webapp.serving.wsgi import Environ, Scope, close, environ_of

Message = dict[str, Any]
Refusal = Callable[[], AnyResponse | None]

_PROMISE = "delivery_ledger.promise"
"""In the environ of a request on the event loop: the promise that the view returned, or None."""


class Promise(Response):
    """A 204 that is sent when a future is done."""

    def __init__(self, future: "Future[Any]", refusal: Refusal) -> None:
        """`refusal` is called once, when the future is done; its response replaces the 204."""
        super().__init__(status=204, mimetype=None)
        self._future = future
        self._refusal = refusal

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Answer as a WSGI app; on the event loop, `answer_inline` delays the answer."""
        if _PROMISE in environ:
            environ[_PROMISE] = self
            return super().__call__(environ, start_response)
        self._future.exception()  # waits
        refusal = self._refusal()
        return (refusal or super().__call__)(environ, start_response)

    async def refused(self) -> AnyResponse | None:
        """Await the future, and return the refusal, if there is one."""
        loop, is_done = asyncio.get_running_loop(), asyncio.Event()
        self._future.add_done_callback(lambda _: loop.call_soon_threadsafe(is_done.set))
        await is_done.wait()
        return self._refusal()


async def answer_inline(app: Any, scope: Scope, send: Any) -> None:
    """Call the app on this event loop, and send its answer when its promise is done."""
    environ = environ_of(scope)
    environ[_PROMISE] = None
    head, body = _call(app, environ)
    promise: Promise | None = environ.pop(_PROMISE)
    if promise is not None and (refusal := await promise.refused()) is not None:
        head, body = _call(refusal, environ)
    await send(head)
    await send(body)


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
