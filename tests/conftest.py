"""Fixtures for every test: a clock that stands still, a provider that does as told, a ledger."""

from collections.abc import Iterator

import pytest

from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.store import close_ledger, open_ledger
from kit.world import World
from ledger.ledger import Ledger

pytest_plugins = [
    "kit.interrupts",
    "kit.log_watch",
    "kit.memory",
    "kit.required",
    "kit.browser",
    "kit.examples",
    "kit.postgres",
    "kit.databases",
    "kit.compiled",
    "kit.forged_bundles",
    "kit.forged_numbers",
    "kit.garbage",
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture
def ledger(database_url: str, clock: ManualClock) -> Iterator[Ledger]:
    opened = open_ledger(database_url, clock)
    yield opened
    close_ledger(opened)


@pytest.fixture
def world(database_url: str, clock: ManualClock, provider: FakeProvider) -> Iterator[World]:
    opened = World.open(database_url, clock, provider)
    yield opened
    opened.close()
