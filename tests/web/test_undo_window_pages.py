"""The bar of a launch that can be stopped, on every page, with and without script."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.test import TestResponse

from kit.browser import scrolls_sideways
from kit.clock import ManualClock
from kit.launch_form import check, press
from kit.provider import FakeProvider
from kit.staff import Staff, form_token, served, sign_in, words_of
from kit.world import ADA, BEN, World
from ledger.domain.vocabulary import Role
from webapp.app import create_app


@pytest.fixture
def world(database_url: str, clock: ManualClock, provider: FakeProvider) -> Iterator[World]:
    opened = World.open(database_url, clock, provider, LEDGER_UNDO_SECONDS="30")
    yield opened
    opened.close()


def bar_of(page: str) -> str:
    """The words of the bar, which is above the main part of a page."""
    bar = re.findall(r'<section class="undo-bar".*?</section>', page, re.DOTALL)
    return words_of("".join(bar)) if bar else ""


def act(staff: Staff, path: str) -> TestResponse:
    """Press a button of the bar."""
    token = form_token(staff.open("/campaigns/new").text)
    return staff.client.post(path, data={"csrf_token": token})


def test_a_launch_on_a_page_can_be_stopped_from_every_page(world: World) -> None:
    staff = Staff(world)
    page = check(staff)
    assert "when the launch can no longer be stopped" in words_of(page.text)
    campaign = press(staff, page, "launch").location
    for path in ("/campaigns", campaign, "/audit", "/people"):
        assert bar_of(staff.open(path).text).startswith(
            "Spring fair goes out to 2 contacts at 09:00:30 UTC. Stop launch"
        )
    assert '<noscript><meta http-equiv="refresh" content="30">' in staff.open(campaign).text
    assert "<noscript>" not in staff.open("/campaigns/new").text
    assert not bar_of(staff.open(f"{campaign}?as_of={world.app.ledger.reader.head()}").text)
    stopped = act(staff, f"{campaign}/launch/stop")
    words = staff.read(stopped.location)
    assert "Launch stopped: nobody is texted." in words
    assert "Launch stopped before its first text: nobody was texted" in staff.read("/audit")
    world.clock.advance(minutes=1)
    assert world.send() == 0


def test_whoever_may_not_act_sees_the_bar_without_its_buttons(world: World) -> None:
    world.launch([ADA], undo_seconds=30)
    viewer = Staff(world, "V. Ewer", role=Role.VIEWER)
    bar = bar_of(viewer.open("/campaigns").text)
    assert bar == "Spring fair goes out to 1 contact at 09:00:30 UTC."
    assert not bar_of(viewer.app.test_client().get("/login").text)


def test_a_stop_that_comes_too_late_says_what_to_do(world: World) -> None:
    staff = Staff(world)
    campaign_id = world.launch([ADA, BEN], undo_seconds=30)
    staff.open("/campaigns")
    world.clock.advance(seconds=31)
    world.send()
    answer = act(staff, f"/campaigns/{campaign_id}/launch/stop")
    assert "its first text has gone out. Recall the campaign" in staff.read(answer.location)


def test_a_campaign_says_after_the_wait_what_a_recall_still_withdraws(world: World) -> None:
    staff = Staff(world)
    path = f"/campaigns/{world.launch([ADA, BEN], undo_seconds=30)}"
    sentence = "The launch can no longer be stopped. 2 contacts are still pending; a recall"
    assert sentence not in staff.read(path)
    world.clock.advance(seconds=31)
    assert sentence in staff.read(path)
    world.clock.advance(hours=1)
    assert sentence not in staff.read(path)


@pytest.mark.browser
def test_the_bar_counts_down_and_both_buttons_work(page: Page, world: World) -> None:
    first = world.launch([ADA, BEN], name="Spring fair", undo_seconds=30)
    second = world.launch([ADA], name="Autumn fair", undo_seconds=30)
    world.catch_up()
    with served(create_app(world.app)) as url:
        sign_in(page, url, world)
        page.goto(f"{url}/campaigns")
        expect(page.get_by_text("Spring fair goes out to 2 contacts in 2")).to_be_visible()
        assert scrolls_sideways(page, 320, 1280) == []
        page.get_by_role("button", name="Stop launch of Spring fair").click()
        expect(page.get_by_text("Launch stopped: nobody is texted.")).to_be_visible()
        page.get_by_role("button", name="Send now to the contacts of Autumn fair").click()
        expect(page.get_by_text("The texts go out now.")).to_be_visible()
        expect(page.locator(".undo-bar")).to_have_count(0)
    assert [world.campaign(each).state for each in (first, second)] == ["closed", "sending"]
    assert world.send() == 1


@pytest.mark.browser
def test_the_bar_offers_a_recall_once_its_wait_is_over(page: Page, world: World) -> None:
    campaign_id = world.launch([ADA], undo_seconds=30)
    world.catch_up()
    with served(create_app(world.app)) as url:
        sign_in(page, url, world)
        page.clock.install()
        page.goto(f"{url}/audit")
        page.clock.run_for(31_000)
        words = page.locator(".undo-words")
        expect(words).to_contain_text("Spring fair: the texts go out now, and the launch can no")
        expect(page.locator(".undo-bar button")).to_have_count(0)
        page.get_by_role("link", name="Recall… Spring fair").click()
        expect(page).to_have_url(f"{url}/campaigns/{campaign_id}/recall")
