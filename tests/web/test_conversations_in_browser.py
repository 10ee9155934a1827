"""Conversations in a real browser: the box in sight, live panes, keys, a narrow screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from kit.browser import scrolls_sideways
from kit.staff import served, sign_in
from kit.world import ADA, BEN, CLEO, World
from webapp.app import create_app

pytestmark = pytest.mark.browser

PHONES = [f"+1415555{number:04}" for number in range(1000, 1040)]


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with served(create_app(world.app)) as address:
        yield address


def test_staff_work_through_conversations(page: Page, url: str, world: World) -> None:
    world.launch([ADA, BEN, CLEO, *PHONES])
    world.send()
    for number in range(20):
        world.inbound(f"Question {number}", sid=f"SM{number}")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.clock.install()
    sign_in(page, url, world)

    # The box and the newest text are in sight, and the page itself does not scroll.
    page.goto(f"{url}/conversations/{world.contact()}")
    box = page.get_by_label("Reply to Ada Lovelace")
    expect(box).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Question 19").last).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollHeight") == 800

    # News come in, and what is typed stays.
    box.fill("In room 12")
    world.inbound("Hello, this is Ben", BEN, sid="SMben")
    page.clock.run_for(3_000)
    first = page.locator(".conversation-link").first
    expect(first).to_have_text("Ben Okri")
    expect(box).to_have_value("In room 12")
    expect(page.get_by_role("link", name="Conversations 2 need a reply")).to_be_visible()

    # Who reads further up is not moved.
    thread = page.get_by_role("region", name="Messages")
    thread.evaluate("pane => { pane.scrollTop = -300; }")
    world.inbound("One more", sid="SMmore")
    page.clock.run_for(3_000)
    page.get_by_role("button", name="1 new text. Show").click()
    expect(page.get_by_text("One more").last).to_be_in_viewport()

    # Letters walk through the list, Ctrl+Enter sends.
    first.focus()
    page.keyboard.press("j")
    expect(page.locator(".conversation-link").nth(1)).to_be_focused()
    page.keyboard.press("r")
    expect(box).to_be_focused()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**#words")
    expect(page.locator(".bubble-out").last).to_contain_text("In room 12")
    assert scrolls_sideways(page, 1280, 320) == []
