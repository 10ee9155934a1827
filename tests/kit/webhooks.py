"""Endpoints of a world, and the turns that send to them."""

from collections.abc import Collection

from kit.webhook_consumer import Consumer
from kit.world import STAFF, World
from webapp.webhooks.endpoints import NewSecrets
from webapp.webhooks.message import CHOOSABLE
from webapp.webhooks.runner import Runner

PRIVATE = {"LEDGER_WEBHOOKS_ALLOW_PRIVATE": "on"}


def listen(
    world: World, ears: Consumer, types: Collection[str] = CHOOSABLE, *, personal: bool = False
) -> NewSecrets:
    """Add the consumer as an endpoint."""
    endpoints = world.app.webhook_endpoints
    return endpoints.add(ears.url, "Records", types, STAFF, has_personal_data=personal)


def tell(world: World, runner: Runner | None = None) -> Runner:
    """Let everything go out that can."""
    runner = runner or Runner(world.app.webhook_sending)
    runner.look()
    runner.join()
    return runner
