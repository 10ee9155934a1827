"""The server is killed while it sends webhooks: each message comes at least once, and in order."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from kit.commands import SchoolInProcess
from kit.processes import child_of, reserve_port
from kit.provider import FakeProvider
from kit.webhook_consumer import consumer
from kit.world import ADA, STAFF, World, environment
from ledger.clock import SystemClock

pytestmark = pytest.mark.torture

PAUSES = 40
KILLS = 2
_SECONDS = 120.0


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def slowly(_taken):
    time.sleep(0.05)
    return 204, {}


def test_each_message_comes_at_least_once_and_in_order_after_kills(tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.sqlite3"
    settings = environment(url) | {"LEDGER_WEBHOOKS_ALLOW_PRIVATE": "on"}
    school = SchoolInProcess(tmp_path, reserve_port(), settings=settings)
    with consumer() as ears:
        ears.answer = slowly
        pause_and_resume(settings, ears.url)
        for kill in range(1, KILLS + 1):
            with school.serving() as process:
                wait_for(lambda kill=kill: len(ears.taken) >= 7 * kill)
                os.kill(child_of(process.pid, "serve-pages"), signal.SIGKILL)
                process.wait()
        with school.serving():
            wait_for(lambda: len({each.seq for each in ears.taken}) == 2 * PAUSES)
    seqs = list(dict.fromkeys(each.seq for each in ears.taken))
    assert seqs == sorted(seqs)
    ids = {each.seq: each.headers["webhook-id"] for each in ears.taken}
    assert len(set(ids.values())) == 2 * PAUSES


def pause_and_resume(settings: dict[str, str], address: str) -> None:
    """Add an endpoint, and record what it is told."""
    url = settings["LEDGER_DATABASE_URL"]
    world = World.open(url, SystemClock(), FakeProvider(), **settings)
    endpoints, types = world.app.webhook_endpoints, ["campaign.paused", "campaign.resumed"]
    endpoints.add(address, "Ears", types, STAFF, has_personal_data=False)
    campaign = world.launch([ADA])
    for _time in range(PAUSES):
        world.pause(campaign)
        world.resume(campaign)
    world.close()
