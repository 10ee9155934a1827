"""What the tests of pages share."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.staff import Staff
from kit.world import World


@pytest.fixture
def staff(world: World) -> Staff:
    """A staff member who is signed in."""
    return Staff(world)


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
