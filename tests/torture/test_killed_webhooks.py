"""The server is killed while it sends webhooks: each message comes at least once, and in order."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from kit.processes import School, child_of, reserve_port
from kit.webhook_consumer import consumer

pytestmark = pytest.mark.torture

PAUSES = 15
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
    settings = {"LEDGER_WEBHOOKS_ALLOW_PRIVATE": "on"}
    school = School(tmp_path, reserve_port(), settings=settings)
    campaign = school.launch("Ada,+14155550101")
    with consumer() as ears:
        ears.answer = slowly
        types = ("--type", "campaign.paused", "--type", "campaign.resumed")
        assert school.run("webhook", "add", ears.url, "--name", "Ears", *types).returncode == 0
        for _time in range(PAUSES):
            assert school.run("campaign", "pause", campaign).returncode == 0
            assert school.run("campaign", "resume", campaign).returncode == 0
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
