"""Calls the app in the threads of a2wsgi, which sends each part of an answer at once."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar, cast

from a2wsgi import WSGIMiddleware
from a2wsgi.asgi_typing import HTTPScope

from webapp.serving.body import ClientGoneError, until_gone
from webapp.serving.wsgi import Environ, Scope, close, complete

IS_CLIENT_GONE = "delivery_ledger.is_client_gone"
"""In the environ and the scope: a function that returns whether the client is gone."""


T = TypeVar("T")


class Threaded:
    """The ASGI app for complete requests; answers `threads` of them at the same time."""

    def __init__(self, app: Any, *, threads: int) -> None:
        self._bridge = WSGIMiddleware(partial(_answer, app), workers=threads)

    def close(self) -> None:
        """Take no more requests; the threads end once they have answered all that they have."""
        self._bridge.executor.shutdown(wait=False)

    async def run(self, call: Callable[[], T]) -> T:
        """Return what the call returns, in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._bridge.executor, call)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request; its thread is free as soon as the client is gone or sending fails."""
        gone = asyncio.ensure_future(until_gone(receive))
        errors: list[Exception] = []

        async def send_or_stop(message: Any) -> None:
            """Raise nothing: a2wsgi would stop sending, and its thread would wait forever."""
            try:
                await send(message)
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)

        def is_gone() -> bool:
            return gone.done() or bool(errors)

        try:
            with suppress(ClientGoneError):
                scope[IS_CLIENT_GONE] = is_gone
                await self._bridge(cast("HTTPScope", scope), receive, send_or_stop)
        finally:
            gone.cancel()
        if errors:
            raise errors[0]


def _answer(app: Any, environ: Environ, start_response: Callable[..., Any]) -> Iterator[bytes]:
    """Call the app; its head is sent with its first part, so an error before that is a 500."""
    complete(environ)
    is_gone = environ[IS_CLIENT_GONE] = environ["asgi.scope"][IS_CLIENT_GONE]
    if is_gone():
        raise ClientGoneError
    heads: list[tuple[Any, ...]] = []
    parts = app(environ, lambda *head: heads.append(head))
    try:
        for part in parts:
            if is_gone():
                raise ClientGoneError
            if heads:
                start_response(*heads.pop())
            yield part
        if heads:
            start_response(*heads.pop())
    finally:
        close(parts)
