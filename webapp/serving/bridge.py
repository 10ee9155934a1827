"""The ASGI app over a WSGI app: it reads a whole request, then lets the WSGI app answer.

Paths with a given beginning are answered on the event loop, all others in threads.
"""

from typing import Any

from webapp.serving.body import MEMORY_BYTES, BodyTooLargeError, ClientGoneError, read_body
from webapp.serving.inline import answer_inline
from webapp.serving.threaded import Threaded
from webapp.serving.wsgi import Scope, put_body

_LARGEST_BODY = 34 * 1024 * 1024
"""A little above the largest upload; each page and callback has its own limit below this."""
_LARGEST_INLINE_BODY = MEMORY_BYTES
"""The event loop never reads a file."""
_NO_ROOM = b"The disk of uploaded files is full or read-only. Nothing was changed; try again.\n"


class Bridge:
    """Answers HTTP requests with a WSGI app."""

    def __init__(self, app: Any, *, threads: int, inline: str | None) -> None:
        """Paths that begin with `inline` are answered on the event loop, all others in threads."""
        self._app = app
        self._inline = inline
        self._threaded = Threaded(app, threads=threads)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request, unless it never becomes complete."""
        is_inline = self._inline is not None and scope["path"].startswith(self._inline)
        largest = _LARGEST_INLINE_BODY if is_inline else _LARGEST_BODY
        try:
            body, size = await read_body(receive, largest=largest)
        except ClientGoneError:
            return
        except BodyTooLargeError:
            await _refuse(send, 413)
            return
        except OSError:  # no room for a large body
            await _refuse(send, 503, _NO_ROOM)
            return
        with body:
            put_body(scope, body, size)
            if is_inline:
                await answer_inline(self._app, scope, send)
            else:
                await self._threaded(scope, receive, send)


async def _refuse(send: Any, status: int, words: bytes = b"") -> None:
    headers = [(b"content-length", b"%d" % len(words)), (b"connection", b"close")]
    headers += [(b"content-type", b"text/plain")] if words else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})
