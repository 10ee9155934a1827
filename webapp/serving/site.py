"""The site of one ledger: the ASGI app of its pages and callbacks, with request ids and limits."""

from collections.abc import Sequence
from typing import Any

from webapp.ledgers.names import set_ledger_name
from webapp.serving.bridge import Bridge, Uploads
from webapp.serving.inline import Inline
from webapp.serving.limits import Limits, default_limits
from webapp.serving.liveness import Liveness
from webapp.serving.request_ids import Network, RequestIds
from webapp.serving.room import Room
from webapp.serving.wsgi import Scope


class Site:
    """The ASGI app over the WSGI apps of one ledger."""

    def __init__(
        self,
        app: Any,
        *,
        threads: int = 32,
        inline: Inline | None = None,
        uploads: Uploads | None = None,
        limits: Limits | None = None,
        room: Room | None = None,
        trusted_proxies: Sequence[Network] = (),
        ledger_name: str = "",
    ) -> None:
        """`app` is called in threads, for all requests that `inline` does not take.

        `room` is what it shares with other sites; lines of the log bear the name of the ledger.
        """
        self._ledger_name = ledger_name
        limits = limits or default_limits()
        self._bridge = Bridge(
            app, limits, threads=threads, inline=inline, uploads=uploads, room=room
        )
        live = Liveness(self._bridge, inline.proof if inline else None)
        self._app = RequestIds(live, trusted_proxies)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer a request."""
        set_ledger_name(self._ledger_name)
        await self._app(scope, receive, send)

    def close(self) -> None:
        """End its threads, as soon as the requests that they answer are answered."""
        self._bridge.close()
