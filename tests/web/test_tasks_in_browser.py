"""The eight tasks of every day, done in a real browser: none needs more than four clicks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from kit.clock import ManualClock
from kit.provider import FakeProvider
from kit.staff import served, sign_in
from kit.tasks import MOST_CLICKS, SETTINGS, TASKS, clicks_of, prepare
from kit.world import World
from webapp.app import create_app

pytestmark = pytest.mark.browser


@pytest.fixture
def world(database_url: str, clock: ManualClock, provider: FakeProvider) -> Iterator[World]:
    opened = World.open(database_url, clock, provider, **SETTINGS)
    yield opened
    opened.close()


def test_every_task_of_the_day_takes_at_most_four_clicks(page: Page, world: World) -> None:
    prepare(world)
    page.set_default_timeout(30_000)
    with served(create_app(world.app)) as url:
        sign_in(page, url, world)
        clicks = {task: clicks_of(page, url, task) for task in TASKS}
    assert {task: made for task, made in clicks.items() if len(made) > MOST_CLICKS} == {}
