"""Times of the school's zone on pages, and UTC where the record is read or programs ask."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.staff import Staff
from kit.world import ADA, World


@pytest.fixture
def school(database_url: str, clock: ManualClock, provider: FakeProvider) -> Iterator[World]:
    """A school in New York that launched a campaign on Monday at 15:00 UTC."""
    world = World.open(database_url, clock, provider, LEDGER_TIME_ZONE="America/New_York")
    world.launch([ADA], name="Early fair")
    world.send()
    world.catch_up()
    yield world
    world.close()


@pytest.fixture
def desk(school: World) -> Staff:
    """A member of the school's staff."""
    return Staff(school)


def test_pages_show_the_time_of_the_school_and_its_title_is_utc(desk, school, clock):
    local = f"{clock.now() - timedelta(hours=5):%H:%M}"
    page = desk.open("/campaigns").text
    assert f"{local}</time>" in page
    assert f'{clock.now():%H:%M:%S} UTC">' in page
    assert "Times of New York" in page


def test_the_audit_trail_shows_utc(desk, clock):
    page = desk.open("/audit").text
    assert f"{clock.now():%H:%M:%S}" in page
    assert "All times are UTC" in page


def test_a_moment_without_a_zone_is_one_of_the_school(desk, school, clock):
    head = school.app.ledger.reader.head()
    before = clock.now() - timedelta(hours=5, minutes=1)
    after = clock.now() - timedelta(hours=4, minutes=59)
    assert "Nothing was recorded by" in desk.open(f"/campaigns?as_of={before:%Y-%m-%dT%H:%M}").text
    shown = desk.open(f"/campaigns?as_of={after:%Y-%m-%dT%H:%M}").text
    assert f"#{head}</span>" in shown
    assert f"{clock.now() - timedelta(hours=5):%H:%M:%S} (New York)" in shown


def test_a_day_ends_when_it_ends_at_the_school(desk, clock):
    day = f"{clock.now() - timedelta(hours=5):%Y-%m-%d}"
    clock.advance(days=2)
    shown = desk.open(f"/campaigns?as_of={day}").text
    assert "means the end of that day, 23:59:59 (New York)." in shown


def test_a_mistyped_moment_is_answered_with_the_zone_that_is_meant(desk):
    assert "or a time (New York), such as" in desk.open("/campaigns?as_of=tuesday").text
