"""How long the eight tasks of every day take in a real browser, without the person's thinking."""

import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.building import phone
from bench.measuring import Figure, Reach, figure, not_run
from bench.setting import Setting
from kit.browser import CHROMIUM, OPTIONS
from kit.provider import FakeProvider
from kit.staff import served, sign_in
from kit.tasks import MOST_CLICKS, SETTINGS, TASKS, clicks_of, prepare
from kit.world import World
from ledger.clock import SystemClock
from webapp.app import create_app

_MOST_CONTACTS = 2000
"""In the campaign: one of a large school."""
_SLOWEST = 10.0


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark: a task each, every round in a ledger of its own."""
    if not CHROMIUM.exists():
        yield not_run("the tasks of staff", "–", f"no browser here: {CHROMIUM}")
        return
    contacts = min(setting.scale.contacts, _MOST_CONTACTS)
    rounds = [_round(setting.new_url("SQLite"), contacts) for _ in range(setting.scale.rounds)]
    reach = Reach(_SLOWEST, "s", is_most=True)
    for task in TASKS:
        clicks = rounds[0][task][0]
        told = f"{clicks} of at most {MOST_CLICKS} clicks, a campaign of {contacts:,} contacts"
        yield figure(task, "–", reach, [done[task][1] for done in rounds], told)


def _round(url: str, contacts: int) -> dict[str, tuple[int, float]]:
    """Return the clicks and the seconds of each task."""
    world = World.open(url, SystemClock(), FakeProvider(), **SETTINGS)
    try:
        prepare(world, [phone(number) for number in range(contacts)])
        with served(create_app(world.app)) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=Path(CHROMIUM), args=OPTIONS)
            page = browser.new_page()
            sign_in(page, address, world)
            return {task: _timed(page, address, task) for task in TASKS}
    finally:
        world.close()


def _timed(page: Page, address: str, task: str) -> tuple[int, float]:
    started = time.perf_counter()
    clicks = clicks_of(page, address, task)
    return len(clicks), time.perf_counter() - started
