"""The ASGI app over WSGI apps: it reads a whole request, then lets one of them answer.

Some requests are answered on the event loop (see inline.py), all others in threads, or by the
process of the pages (see forwarding.py).
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from webapp.serving.bare import BUSY, CLOSE, answer_bare, refuse, without_body
from webapp.serving.body import (
    BodyNotKeptError,
    BodyTooLargeError,
    BodyTooSlowError,
    ClientGoneError,
    read_body,
)
from webapp.serving.connections import CONNECTION
from webapp.serving.forwarding import Forwarding
from webapp.serving.inline import Inline, InlineApp
from webapp.serving.limits import Limits
from webapp.serving.pace import Pace
from webapp.serving.pages_link import PagesLink
from webapp.serving.places import Places
from webapp.serving.room import Room
from webapp.serving.threaded import Threaded
from webapp.serving.wsgi import RAW_TARGET, Environ, Scope, environ_of, with_body

_PROBES = frozenset({"/health", "/metrics", "/readyz"})
"""What monitoring asks for; pages take neither the places nor the threads of these, nor is the
process of the pages needed for them."""
_NO_ROOM = "The disk of uploaded files is full or read-only. Nothing was changed; try again."


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """The requests that may have a large body, and who may send one."""

    paths: frozenset[str]
    largest: int
    """In bytes."""
    is_allowed: Callable[[Environ], bool]
    """Whether the client may upload; called in a thread, before the body is read."""


class Bridge:
    """Answers HTTP requests with WSGI apps."""

    def __init__(
        self,
        app: Any,
        limits: Limits,
        *,
        threads: int,
        inline: Inline | None,
        uploads: Uploads | None,
        room: Room | None = None,
        pages: PagesLink | None = None,
    ) -> None:
        """`inline` says what is answered on the event loop; `app` answers the rest in threads.

        With `pages` the app answers only what monitoring asks for, and another process the rest.
        `room` is what it shares with the bridges of other sites.
        """
        self._limits, self._uploads = limits, uploads
        promises = room.promises if room else None
        self._inline = InlineApp(inline, limits, promises) if inline else None
        self._threaded = Threaded(app, threads=threads)
        self._pages = Forwarding(pages) if pages else None
        self._places = Places(limits.page_requests, room.page_requests if room else None)
        self._probes = Threaded(app, threads=limits.probe_requests)
        self._probe_places, self._pace = Places(limits.probe_requests), Pace(limits)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request, unless it never becomes complete."""
        try:
            if self._inline is not None and self._inline.takes(scope):
                await self._inline(scope, receive, send)
            elif len(scope[RAW_TARGET]) > self._limits.target_bytes:
                words = "The address is too long."
                await refuse(scope, send, self._limits, status=414, text=words)
            elif self._is_upload(scope):
                await self._answer_upload(scope, receive, send)
            else:
                await self._answer_page(scope, receive, send)
        except ClientGoneError:
            return
        except BodyTooLargeError:
            words = "The body is too large."
            await refuse(scope, send, self._limits, status=413, text=words)
        except BodyTooSlowError:
            await answer_bare(scope, send, 408, "The body came too slowly.", CLOSE)
        except BodyNotKeptError:
            await answer_bare(scope, send, 503, _NO_ROOM, BUSY)

    def close(self) -> None:
        """End its threads, as soon as the requests that they answer are answered."""
        self._threaded.close()
        self._probes.close()

    async def _refuse_busy(self, scope: Scope, send: Any) -> None:
        words = "Too many people ask at once. Try again soon."
        await refuse(scope, send, self._limits, status=503, text=words, headers=BUSY)

    def _is_upload(self, scope: Scope) -> bool:
        uploads = self._uploads
        return uploads is not None and scope["method"] == "POST" and scope["path"] in uploads.paths

    async def _answer_page(self, scope: Scope, receive: Any, send: Any) -> None:
        body, size = await read_body(scope, receive, self._limits, largest=self._limits.body_bytes)
        is_probe = scope["path"] in _PROBES
        places = self._probe_places if is_probe else self._places
        answer = self._probes if is_probe else self._pages or self._threaded
        with body, places.taken_by(scope[CONNECTION].address) as has_place:
            if has_place and is_probe:
                await self._pace.keep(scope)
            if has_place:
                await answer(with_body(scope, body, size), receive, send)
            else:
                await self._refuse_busy(scope, send)

    async def _answer_upload(self, scope: Scope, receive: Any, send: Any) -> None:
        """Ask who the client is before its body is read; the page of others gets no body."""
        with self._places.taken_by(scope[CONNECTION].address) as has_place:
            if not has_place:
                await self._refuse_busy(scope, send)
            elif self._pages is not None:
                await self._pages.upload(scope, receive, send)
            else:
                await self._answer_upload_in_thread(scope, receive, send)

    async def _answer_upload_in_thread(self, scope: Scope, receive: Any, send: Any) -> None:
        uploads, nothing = self._uploads, io.BytesIO()
        environ = environ_of(with_body(scope, nothing, 0))
        if uploads is None or not await self._threaded.run(lambda: uploads.is_allowed(environ)):
            scope[CONNECTION].decline_body()
            await self._threaded(with_body(scope, nothing, 0), receive, without_body(scope, send))
            return
        body, size = await read_body(
            scope, receive, self._limits, largest=uploads.largest, is_trusted=True
        )
        with body:
            await self._threaded(with_body(scope, body, size), receive, send)
