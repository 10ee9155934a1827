"""What staff do with campaigns, in a real browser: launch, watch, filter, search, act."""

import re
from collections.abc import Iterator

import pytest
from kit.staff import served, sign_in
from kit.world import ADA, BEN, CLEO, World
from playwright.sync_api import Browser, Locator, Page, expect

from webapp.app import create_app

pytestmark = pytest.mark.browser

FILE = b"first_name,phone\nAda,+14155550101\nBen,+14155550102\nBad,12\n"


@pytest.fixture
def site(world: World) -> Iterator[str]:
    with served(create_app(world.app)) as url:
        yield url


@pytest.fixture
def staff(page: Page, site: str, world: World) -> Page:
    """A page of someone who is signed in."""
    sign_in(page, site, world)
    expect(page).to_have_url(f"{site}/campaigns")
    return page


@pytest.fixture
def scriptless(browser: Browser, site: str, world: World) -> Iterator[Page]:
    """The same with JavaScript off."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, world)
    yield page
    context.close()


def count_of(page: Page, word: str) -> Locator:
    """One of the counts above the contacts."""
    return page.get_by_label("Contacts by status").get_by_role("link", name=re.compile(f"^{word}"))


def launch_from_a_file(page: Page) -> None:
    """Fill in the form, check, launch."""
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name").fill("Picnic")
    page.get_by_label("Message").fill("Hi {{first_name}}, see you")
    page.set_input_files(
        "#contacts", {"name": "picnic.csv", "mimeType": "text/csv", "buffer": FILE}
    )
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("1 row of the file cannot be texted")
    page.get_by_label("Leave out rows that cannot be texted").check()
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#main")).to_contain_text("Hi Ada, see you")
    page.get_by_role("button", name="Launch to 2 contacts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Picnic")
    expect(count_of(page, "All")).to_contain_text("2")


def test_a_campaign_is_launched_from_a_file_that_is_chosen_once(staff):
    launch_from_a_file(staff)


def test_everything_works_without_script(scriptless, world):
    launch_from_a_file(scriptless)
    world.send()
    count_of(scriptless, "Pending").click()
    expect(scriptless.get_by_role("row")).to_have_count(3)
    scriptless.get_by_role("link", name="Opt-Out").first.click()
    scriptless.get_by_role("button", name="Opt out").click()
    expect(scriptless.get_by_role("link", name="Opt-In").first).to_be_visible()


def test_the_message_is_previewed_while_it_is_written(staff, site):
    staff.goto(f"{site}/campaigns/new")
    staff.get_by_label("Message").press_sequentially("See you – soon")
    expect(staff.locator("#preview")).to_contain_text("1 segment (UCS-2")


def test_a_double_click_on_launch_launches_once(staff, site, world):
    staff.goto(f"{site}/campaigns/new")
    staff.get_by_label("Name").fill("Picnic")
    staff.get_by_label("Message").fill("See you")
    file = {"name": "picnic.csv", "mimeType": "text/csv", "buffer": b"phone\n+14155550101\n"}
    staff.set_input_files("#contacts", file)
    staff.get_by_role("button", name="Check").click()
    staff.get_by_role("button", name="Launch to 1 contact").dblclick()
    expect(staff.get_by_role("heading", level=1)).to_have_text(re.compile("Picnic|Campaigns"))
    staff.goto(f"{site}/campaigns")
    expect(staff.get_by_role("rowheader", name="Picnic")).to_have_count(1)
    world.catch_up()
    assert len(world.app.status.campaigns()) == 1


def test_the_counts_move_without_a_reload(staff, site, world):
    campaign_id = world.launch([ADA, BEN])
    staff.goto(f"{site}/campaigns/{campaign_id}")
    staff.evaluate("window.isSamePage = true")
    expect(count_of(staff, "Delivered")).to_contain_text("0")
    world.send()
    world.callback(world.delivery(campaign_id))
    expect(count_of(staff, "Delivered")).to_contain_text("1", timeout=10_000)
    expect(staff.get_by_role("status")).to_contain_text("1 contact changed: 1 delivered")
    assert staff.evaluate("window.isSamePage")


def test_a_count_filters_the_contacts(staff, site, world):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code="30006")
    staff.goto(f"{site}/campaigns/{campaign_id}")
    count_of(staff, "Failed").click()
    expect(staff.get_by_role("rowheader")).to_have_text(["Ada Lovelace"])
    expect(count_of(staff, "Failed")).to_have_attribute("aria-current", "true")


def test_a_search_leaves_no_name_in_the_address(staff, site, world):
    campaign_id = world.launch([ADA, BEN, CLEO])
    staff.goto(f"{site}/campaigns/{campaign_id}")
    staff.get_by_label("Search name, number or SID").last.fill("okri")
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("rowheader")).to_have_text(["Ben Okri"])
    assert "okri" not in staff.url.lower()


def test_a_contact_is_opted_out_after_a_question(staff, site, world):
    campaign_id = world.launch([ADA, BEN])
    staff.goto(f"{site}/campaigns/{campaign_id}")
    staff.get_by_role("link", name="Opt-Out Ada Lovelace").click()
    expect(staff.locator("#main")).to_contain_text("nothing more is sent")
    staff.get_by_role("button", name="Opt out").click()
    staff.goto(f"{site}/campaigns/{campaign_id}")
    expect(staff.get_by_role("link", name="Opt-In Ada Lovelace")).to_be_visible()
    assert world.statuses(campaign_id) == ["failed", "pending"]


def test_a_campaign_is_paused_resumed_and_archived(staff, site, world):
    campaign_id = world.launch([ADA, BEN])
    staff.goto(f"{site}/campaigns/{campaign_id}")
    head = staff.locator("#campaign-head")
    for act, state in (("Pause", "Paused"), ("Resume", "Sending"), ("Archive", "Archived")):
        head.get_by_role("link", name=act).click()
        staff.get_by_role("button", name=act).click()
        expect(head).to_contain_text(state)
    expect(head.get_by_role("link", name="Pause")).to_have_count(0)
    expect(staff.get_by_role("link", name="Opt-Out Ada Lovelace")).to_be_visible()


def test_the_reason_shows_on_keyboard_focus_and_goes_on_escape(staff, site, world):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code="30006")
    staff.goto(f"{site}/campaigns/{campaign_id}/activity/{world.contact()}")
    for panel in (".panel-left", ".panel-right"):
        reason = staff.locator(f"{panel} [role=tooltip]")
        expect(reason).to_be_hidden()
        staff.locator(f"{panel} .tip-trigger").focus()
        expect(reason).to_be_visible()
        expect(reason).to_contain_text("(30006)")
        staff.keyboard.press("Escape")
        expect(reason).to_be_hidden()


def test_attempts_that_are_unfolded_stay_so_when_news_come(staff, site, world):
    campaign_id = world.launch()
    world.send()
    staff.goto(f"{site}/campaigns/{campaign_id}/activity/{world.contact()}")
    staff.get_by_text("1 attempt", exact=True).click()
    world.callback(world.delivery(campaign_id), status="undelivered", code="30006")
    expect(staff.locator(".panel-right .bubble-foot")).to_contain_text(
        "Undelivered", timeout=10_000
    )
    expect(staff.locator(".attempts")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_narrow_screen(staff, site, world, theme):
    campaign_id = world.launch([ADA, BEN, CLEO], name="A name that is as long as names are " * 4)
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code="30006")
    world.callback(world.delivery(campaign_id, BEN))
    world.catch_up()
    staff.emulate_media(color_scheme=theme)
    staff.set_viewport_size({"width": 320, "height": 800})
    campaign = f"/campaigns/{campaign_id}"
    paths = ["/campaigns", "/campaigns/new", campaign, f"{campaign}?status=failed"]
    paths += [f"{campaign}/{act}" for act in ("pause", "close", "archive", "resend")]
    paths += ["/conversations", f"{campaign}/activity", f"{campaign}/activity/{world.contact()}"]
    paths += [f"/deliveries/{world.delivery(campaign_id)}/preview"]
    for path in paths:
        staff.goto(site + path)
        assert staff.evaluate("document.documentElement.scrollWidth") <= 320, path
