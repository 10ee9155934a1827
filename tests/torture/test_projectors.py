"""Several processes read on over the same views: no event counts twice, whoever is killed when."""

import random
from contextlib import suppress

import pytest

from kit.clock import ManualClock
from kit.processes import separate_processes
from kit.provider import FakeProvider
from kit.soundness import check_world
from kit.world import World
from ledger.errors import StoreUnavailable

PHONES = [f"+1415555{number:04}" for number in range(30)]
REPORTED = PHONES[::3]


def project(url, is_up):
    """What a projector does, for ever."""
    world = World.open(url, ManualClock(), FakeProvider())
    is_up.set()
    while True:
        with suppress(StoreUnavailable):  # the other one moved the views meanwhile
            world.catch_up()


class Projectors:
    """Two processes that read on; one can be killed, and another comes in its place."""

    def __init__(self, url):
        self._url = url
        self._context = separate_processes()
        self._running = []

    def start(self):
        is_up = self._context.Event()
        process = self._context.Process(target=project, args=[self._url, is_up], daemon=True)
        process.start()
        self._running.append(process)
        assert is_up.wait(30)

    def kill_one(self):
        process = self._running.pop(0)
        process.kill()
        process.join()

    def __enter__(self):
        self.start()
        self.start()
        return self

    def __exit__(self, *_error):
        while self._running:
            self.kill_one()


def keep_busy(world, number):
    """Launch a campaign, send it and report on it; gives the number of each act once it is done."""
    campaign_id = world.launch(PHONES, name=f"Campaign {number}")
    yield 0
    world.send()
    yield 1
    for act, phone in enumerate(REPORTED, start=2):
        world.callback(world.delivery(campaign_id, phone), 1, "delivered")
        yield act


@pytest.mark.both_databases
def test_two_projectors_never_count_an_event_twice(world, database_url):
    with Projectors(database_url):
        for number in range(2):
            assert len(list(keep_busy(world, number))) == 2 + len(REPORTED)
    check_world(world)


@pytest.mark.torture
@pytest.mark.both_databases
def test_a_projector_killed_at_any_moment_leaves_the_views_whole(world, database_url, seed):
    moment = random.Random(seed)
    with Projectors(database_url) as projectors:
        for number in range(8):
            killed_after = moment.randrange(2 + len(REPORTED))
            for act in keep_busy(world, number):
                if act == killed_after:
                    projectors.kill_one()
                    projectors.start()
    check_world(world)
