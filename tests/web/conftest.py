"""What the tests of pages share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.sign_in import CHEAP, SECRET
from kit.staff import Staff
from kit.webhook_consumer import Consumer, consumer
from kit.webhooks import PRIVATE
from kit.world import World
from ledger.store.engine import open_database
from webapp.accounts import Accounts


@pytest.fixture
def staff(world: World) -> Staff:
    """A staff member who is signed in."""
    return Staff(world)


@pytest.fixture
def told(database_url: str, clock: ManualClock, provider: FakeProvider) -> Iterator[World]:
    """A world whose webhooks may go to this machine."""
    opened = World.open(database_url, clock, provider, **PRIVATE)
    yield opened
    opened.close()


@pytest.fixture
def ears() -> Iterator[Consumer]:
    """A program that takes webhooks."""
    with consumer() as listening:
        yield listening


@pytest.fixture
def recording_world(
    database_url: str, clock: ManualClock, provider: FakeProvider
) -> Iterator[World]:
    """A world that keeps the record of access."""
    opened = World.open(database_url, clock, provider, records_access=True)
    yield opened
    opened.app.access_recorder.wait()
    opened.close()


@pytest.fixture
def campaign(told_story: str) -> str:
    """The id of a campaign whose two contacts have been texted, or of the module's own."""
    return told_story


@pytest.fixture
def reader(staff: Staff) -> FlaskClient:
    """Somebody with a browser of their own, who is not signed in."""
    return staff.app.test_client()


@pytest.fixture
def accounts_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/accounts.sqlite3"


@pytest.fixture
def accounts_engine(accounts_url: str) -> Iterator[sa.Engine]:
    engine = open_database(accounts_url, "accounts", setting="TEST", is_durable=False)
    yield engine
    engine.dispose()


@pytest.fixture
def accounts(accounts_engine: sa.Engine, clock: ManualClock) -> Accounts:
    return Accounts(accounts_engine, secret_key=SECRET, clock=clock, hash_options=CHEAP)
