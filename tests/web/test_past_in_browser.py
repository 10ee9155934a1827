"""The frame of the past and the time bar, in a real browser: both themes, wide, narrow, printed."""

import pytest
from playwright.sync_api import expect

from kit.staff import Staff, served, sign_in
from kit.world import ADA, BEN

pytestmark = pytest.mark.browser

FRAME = "e => getComputedStyle(e, '::after').borderTopWidth"


@pytest.fixture
def campaign_id(world):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    return campaign_id


@pytest.fixture
def seqs(world, campaign_id):
    """The seqs of the launch and of the campaign's next event."""
    reader = world.app.ledger.reader
    launch = reader.last("CampaignLaunched").seq
    events = reader.events(launch - 1)
    return [recorded.seq for recorded in events if recorded.campaign_id == campaign_id][:2]


@pytest.fixture
def url(world):
    with served(Staff(world).app) as url:
        yield url


def test_the_past_is_framed_in_both_themes_at_all_widths_and_in_print(
    page, url, world, campaign_id, seqs
):
    sign_in(page, url, world)
    page.goto(f"{url}/campaigns/{campaign_id}?as_of={seqs[0]}")
    widths = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            expect(page.get_by_text("You see the ledger as of")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            widths[theme, width] = page.locator("body").evaluate(FRAME)
    page.emulate_media(media="print")
    expect(page.get_by_text("You see the ledger as of")).to_be_visible()
    widths["print"] = page.locator("body").evaluate(FRAME)
    assert all(float(each.removesuffix("px")) >= 3 for each in widths.values()), widths
    page.emulate_media(media="screen")
    page.goto(f"{url}/campaigns/{campaign_id}")
    assert page.locator("body").evaluate(FRAME) == "0px"


def test_the_bar_leads_to_a_moment_and_back_without_script(browser, url, world, campaign_id, seqs):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, url, world)
    page.goto(f"{url}/campaigns/{campaign_id}")
    page.locator(".time-fold > summary").click()
    page.get_by_label("Go to a moment").fill(f"#{seqs[0]}")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text(f"event #{seqs[0]}")).to_be_visible()
    page.get_by_role("link", name="Next event").click()
    expect(page.get_by_text(f"event #{seqs[1]}")).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text(f"event #{seqs[1]}")).to_be_visible()
    page.get_by_role("link", name="What changed since").click()
    expect(page.get_by_role("heading", name="1 contact changed")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Back to live").click()
    expect(page.get_by_text("You see the ledger as of")).to_have_count(0)
    context.close()


def test_the_slider_leads_to_an_event_by_keys(page, url, world, campaign_id):
    sign_in(page, url, world)
    page.goto(f"{url}/audit")
    page.locator(".time-fold > summary").click()
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    expect(page.locator(".time-output")).to_have_text("#1")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("event #1")).to_be_visible()
