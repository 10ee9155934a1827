"""Calls a WSGI app for an ASGI server: on the event loop, or in a thread of a pool.

A request is read whole before the app is called, so that a slow sender holds no thread. An app
that is called on the loop may promise its answer for when a future is done (`answer_later`).
"""

import asyncio
import io
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from flask import Response
from werkzeug.wrappers import Response as AnyResponse

Environ = dict[str, Any]
Message = dict[str, Any]
Refusal = Callable[[], AnyResponse | None]

TARGET = "delivery_ledger.target"
"""In the scope: the target of the request as it came over the wire."""
IS_CLIENT_GONE = "delivery_ledger.is_client_gone"
"""In the environ of a thread: asks whether somebody still waits for the answer."""
_PROMISE = "delivery_ledger.promise"

_LARGEST_BODY = 34 * 1024 * 1024
"""A little above the largest upload; what a page or a callback takes is its own affair."""
_KEPT_IN_MEMORY = 1024 * 1024
"""Larger bodies wait on the disk, and are never called for on the loop."""


class _HungUpError(Exception):
    """The client is gone, and its request was never whole."""


class _TooLargeError(Exception):
    """The body is larger than anything that is taken."""


class Promise(Response):
    """A 204 for when a future is done: waited for by the loop, or else by this thread."""

    def __init__(self, future: "Future[Any]", refusal: Refusal) -> None:
        """`refusal` is asked once, when the future is done; what it gives is answered instead."""
        super().__init__(status=204, mimetype=None)
        self._future = future
        self._refusal = refusal

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """The answer as a WSGI app."""
        if _PROMISE in environ:
            environ[_PROMISE] = self
            return ()
        self._future.exception()
        return self.kept(environ, start_response)

    async def is_due(self) -> None:
        """Wait for the future without holding up the loop."""
        loop = asyncio.get_running_loop()
        is_done = loop.create_future()
        self._future.add_done_callback(lambda _: loop.call_soon_threadsafe(_settle, is_done))
        await is_done

    def kept(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """The answer itself, once the future is done."""
        refusal = self._refusal()
        if refusal is not None:
            return refusal(environ, start_response)
        return super().__call__(environ, start_response)


class Caller:
    """The ASGI app over a WSGI app."""

    def __init__(self, app: Any, *, threads: int, inline: str | None) -> None:
        """Paths that begin with `inline` are called on the loop, all others in the pool."""
        self._app = app
        self._inline = inline
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """One request."""
        is_inline = self._inline is not None and scope["path"].startswith(self._inline)
        largest = _KEPT_IN_MEMORY if is_inline else _LARGEST_BODY
        try:
            body, size = await _read(receive, largest)
        except _HungUpError:
            return
        except _TooLargeError:
            await _send(send, *_TOO_LARGE)
            return
        with body:
            environ = _environ(scope, body, size)
            if is_inline:
                await self._call_inline(environ, send)
            else:
                await self._call_in_thread(environ, receive, send)

    async def _call_inline(self, environ: Environ, send: Any) -> None:
        environ[_PROMISE] = None
        answer = _Answer()
        body = answer.of(self._app, environ)
        promise: Promise | None = environ.pop(_PROMISE)
        if promise is not None:
            await promise.is_due()
            body = answer.of(promise.kept, environ)
        await _send(send, answer.head(), _body(body))

    async def _call_in_thread(self, environ: Environ, receive: Any, send: Any) -> None:
        loop = asyncio.get_running_loop()
        gone = loop.create_task(_until_gone(receive))
        environ[IS_CLIENT_GONE] = gone.done

        def tell(*messages: Message) -> None:
            asyncio.run_coroutine_threadsafe(_send(send, *messages), loop).result()

        try:
            await loop.run_in_executor(self._pool, _answer_in_parts, self._app, environ, tell)
        finally:
            gone.cancel()


class _Answer:
    """What an app hands to `start_response`."""

    status = ""
    headers: list[tuple[str, str]]

    def start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        self.status = status
        self.headers = headers

    def of(self, app: Any, environ: Environ) -> bytes:
        """Call the app, and give the whole body."""
        parts = app(environ, self.start)
        try:
            return b"".join(parts)
        finally:
            _close(parts)

    def head(self) -> Message:
        """The message that begins it."""
        return {
            "type": "http.response.start",
            "status": int(self.status[:3]),
            "headers": [(name.encode("latin-1"), v.encode("latin-1")) for name, v in self.headers],
        }


def _answer_in_parts(app: Any, environ: Environ, tell: Callable[..., None]) -> None:
    """Call the app, and send what it gives while it is being made."""
    answer = _Answer()
    parts = app(environ, answer.start)
    is_begun = False
    try:
        for part in parts:
            if environ[IS_CLIENT_GONE]():
                return
            tell(*(() if is_begun else (answer.head(),)), _body(part, more=True))
            is_begun = True
        tell(*(() if is_begun else (answer.head(),)), _body(b""))
    finally:
        _close(parts)


def _close(parts: Iterable[bytes]) -> None:
    getattr(parts, "close", lambda: None)()


def _body(part: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": part, "more_body": more}


_TOO_LARGE: tuple[Message, Message] = (
    {
        "type": "http.response.start",
        "status": 413,
        "headers": [(b"content-length", b"0"), (b"connection", b"close")],
    },
    _body(b""),
)


async def _send(send: Any, *messages: Message) -> None:
    for message in messages:
        await send(message)


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _settle(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)


async def _read(receive: Any, largest: int) -> tuple[IO[bytes], int]:
    """The whole body and its size."""
    message = await receive()
    if not message.get("more_body") and message["type"] == "http.request":
        return io.BytesIO(message["body"]), len(message["body"])
    file: IO[bytes] = tempfile.SpooledTemporaryFile(_KEPT_IN_MEMORY)  # noqa: SIM115 - the caller's
    try:
        return file, await _keep(file, message, receive, largest)
    except BaseException:
        file.close()
        raise


async def _keep(file: IO[bytes], message: Message, receive: Any, largest: int) -> int:
    while message["type"] == "http.request":
        file.write(message["body"])
        if file.tell() > largest:
            raise _TooLargeError
        if not message["more_body"]:
            size = file.tell()
            file.seek(0)
            return size
        message = await receive()
    raise _HungUpError


def _environ(scope: Message, body: IO[bytes], size: int) -> Environ:
    """The environ of a request that was read whole, `size` bytes of it body."""
    raw_path: bytes = scope["raw_path"]
    path = unquote_to_bytes(raw_path) if b"%" in raw_path else raw_path
    server, client = scope["server"] or ("", 0), scope["client"] or ("", 0)
    environ: Environ = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = _variable(raw_name), raw_value.decode("latin-1")
        environ[name] = f"{environ[name]},{value}" if name in environ else value
    environ.pop("", None)
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body is whole by now
    return environ | {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REQUEST_URI": scope[TARGET].decode("latin-1"),
        "CONTENT_LENGTH": str(size),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


@lru_cache(maxsize=500)
def _variable(header: bytes) -> str:
    """The environ's name for a header; blank for one that could pass itself off as another."""
    if b"_" in header:
        return ""
    name = header.decode("latin-1").upper().replace("-", "_")
    return name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
