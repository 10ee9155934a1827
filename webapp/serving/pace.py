"""How often monitoring is answered at once: an outsider may ask in its place, as fast as it can."""

import asyncio

from webapp.serving.connections import CONNECTION, hold
from webapp.serving.limits import Limits
from webapp.serving.wsgi import Scope


class Pace:
    """Lets some requests of each second pass, and the others later; for one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._second = self._passed = 0

    async def keep(self, scope: Scope) -> None:
        """Return when the request may be answered; its connection may be closed meanwhile."""
        now = asyncio.get_running_loop().time()
        if self._second != int(now):
            self._second, self._passed = int(now), 0
        self._passed += 1
        if self._passed > self._limits.probes_per_second:
            await hold(scope[CONNECTION], now + self._limits.refusal_seconds)
