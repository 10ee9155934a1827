"""The site of one ledger: the ASGI app of its pages and callbacks, with request ids and limits."""

from typing import Any

from webapp.ledgers.names import set_ledger_name
from webapp.serving.bare import BUSY, answer_bare
from webapp.serving.bridge import Bridge, Uploads
from webapp.serving.inline import Inline
from webapp.serving.limits import Limits, default_limits, limits_behind_door
from webapp.serving.liveness import Liveness
from webapp.serving.pages_link import PagesLink
from webapp.serving.prefix import Prefix
from webapp.serving.proxies import Proxies
from webapp.serving.request_ids import RequestIds
from webapp.serving.room import Room
from webapp.serving.under_way import RequestsUnderWay
from webapp.serving.wsgi import Scope
from webapp.tracing.requests import TracedRequests

_NO_PROXIES = Proxies()
_FINISH_SECONDS = 30.0
"""How long the answers of a site that closes are waited for; a longer one is still completed."""
_CLOSING = "What is served at this address was changed or ended. Try again soon."


class Site:
    """The ASGI app over the WSGI apps of one ledger.

    Attributes:
        ledger_name: What lines of the log bear; "" where a process has one ledger alone.
    """

    ledger_name = ""

    def __init__(
        self,
        app: Any,
        *,
        threads: int = 32,
        inline: Inline | None = None,
        uploads: Uploads | None = None,
        limits: Limits | None = None,
        room: Room | None = None,
        proxies: Proxies = _NO_PROXIES,
        pages: PagesLink | None = None,
        is_behind_door: bool = False,
    ) -> None:
        """`app` is called in threads, for all requests that `inline` does not take.

        With `pages` most of these are forwarded to another process of the program; the site there
        `is_behind_door`. `room` is what it shares with other sites of the process.
        """
        self._under_way = RequestsUnderWay()
        limits = limits or (limits_behind_door() if is_behind_door else default_limits())
        self._bridge = Bridge(
            app, limits, threads=threads, inline=inline, uploads=uploads, room=room, pages=pages
        )
        traced = TracedRequests(self._bridge)
        self._app: Any = Prefix(traced, proxies.public_path)
        if not is_behind_door:
            live = Liveness(traced, inline.proof if inline else None, limits)
            self._app = RequestIds(Prefix(live, proxies.public_path), proxies.trusted)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request."""
        set_ledger_name(self.ledger_name)
        with self._under_way.admitted() as is_admitted:
            if is_admitted:
                await self._app(scope, receive, send)
            else:
                await answer_bare(scope, send, 503, _CLOSING, BUSY)

    def close(self) -> None:
        """Refuse new requests, wait for those that began, and end the threads; not on the loop."""
        self._under_way.close(_FINISH_SECONDS)
        self._bridge.close()
