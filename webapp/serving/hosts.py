"""The ASGI app that lets the site of a request's host answer it, where a server has several.

A host that has no site gets a bare 404, as nobody may learn which others there are. One whose site
is not ready is waited for a little, and then gets a bare 503.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from webapp.host_names import host_name
from webapp.serving.bare import BUSY, answer_bare, refuse
from webapp.serving.connections import CONNECTION
from webapp.serving.inline import ASKED_AT
from webapp.serving.limits import Limits
from webapp.serving.site import Site
from webapp.serving.wsgi import Scope

_UNKNOWN = "Nothing is served at this address."
_BEING_OPENED = "What is served at this address is being opened. Try again soon."
_LONGEST_HOST = 255


class NotServedError(Exception):
    """A host is known, but its site cannot answer; the words are shown to everybody."""


SiteOf = Callable[[str], "Site | Future[Site | None] | None"]
"""Host → its site, the future of a site that is being opened, or None. It must not block."""


class Hosts:
    """Passes each request to the site of its host."""

    def __init__(self, site_of: SiteOf, limits: Limits, *, patience_seconds: float) -> None:
        """`patience_seconds` is how long a site that is being opened is waited for."""
        self._site_of, self._limits = site_of, limits
        self._patience_seconds = patience_seconds

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request."""
        host = _host(scope)
        site = self._site_of(host) if host else None
        if isinstance(site, Future):
            scope[ASKED_AT] = asyncio.get_running_loop().time()
            try:
                site = await self._opened(site, scope)
            except (NotServedError, TimeoutError) as error:
                await answer_bare(scope, send, 503, str(error) or _BEING_OPENED, BUSY)
                return
        if site is None:
            await refuse(scope, send, self._limits, status=404, text=_UNKNOWN)
        else:
            await site(scope, receive, send)

    async def _opened(self, opening: "Future[Site | None]", scope: Scope) -> Site | None:
        """Wait for a site; the connection may be closed meanwhile, to make room for a new one."""
        with scope[CONNECTION].waiting():
            async with asyncio.timeout(self._patience_seconds):
                return await asyncio.wrap_future(opening)


def _host(scope: Scope) -> str | None:
    """Return the host of a request; None where it names none, or several."""
    named = [value for name, value in scope["headers"] if name == b"host"]
    if len(named) != 1 or len(named[0]) > _LONGEST_HOST:
        return None
    try:
        return host_name(named[0].decode())
    except UnicodeDecodeError:
        return None
