"""What staff do with a campaign in a real browser: launch it, watch it, read why, and stop it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from kit.browser import scrolls_sideways
from kit.staff import served, sign_in
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.messages.contact_rows import ContactFileRow
from webapp.app import create_app

pytestmark = pytest.mark.browser

FILE = {
    "name": "class 4b.csv",
    "mimeType": "text/csv",
    "buffer": b"First name,Phone\nAda,415 555 0101\nBen,415 555 0102\n",
}


@pytest.fixture
def url(world: World) -> Iterator[str]:
    with served(create_app(world.app)) as address:
        yield address


@pytest.fixture
def staff(page: Page, url: str, world: World) -> Page:
    sign_in(page, url, world)
    return page


@pytest.fixture
def campaign(world: World) -> str:
    """Ada's text is with Twilio, Ben's number is a landline, Cleo's text bounced."""
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30006)
    world.callback(world.delivery(campaign_id, CLEO), status="undelivered", code=30008)
    return campaign_id


def fill_in(page: Page, url: str) -> None:
    page.goto(f"{url}/campaigns")
    page.get_by_role("link", name="New campaign").first.click()
    page.get_by_label("Name", exact=True).fill("Spring fair")
    page.get_by_label("Message").fill("Hello {{first_name}}")
    page.get_by_label("Contacts").set_input_files(FILE)


def test_a_campaign_is_written_checked_and_launched(staff, url, world):
    fill_in(staff, url)
    expect(staff.locator("#preview .bubble-text")).to_have_text("Hello Ada")
    staff.get_by_role("button", name="Check").click()
    expect(staff.locator(".bubble-text").first).to_have_text("Hello Ada")
    staff.get_by_role("button", name="Launch to 2 contacts").click()
    expect(staff.get_by_role("heading", name="Spring fair")).to_be_visible()
    expect(staff.get_by_text("Launched to 2 contacts.")).to_be_visible()
    assert len(world.app.status.campaigns()) == 1


def test_a_double_click_on_launch_launches_once(staff, url, world):
    fill_in(staff, url)
    staff.get_by_role("button", name="Check").click()
    staff.get_by_role("button", name="Launch to 2 contacts").dblclick()
    expect(staff.get_by_text("Spring fair").first).to_be_visible()
    staff.goto(f"{url}/campaigns")
    expect(staff.get_by_role("rowheader").get_by_role("link")).to_have_text(["Spring fair"])
    assert len(world.app.status.campaigns()) == 1


def test_a_corrected_form_still_has_its_file(staff, url):
    fill_in(staff, url)
    staff.get_by_label("Message").fill("Hello {{nick}}")
    staff.get_by_role("button", name="Check").click()
    expect(staff.get_by_role("alert")).to_be_focused()
    staff.get_by_role("alert").get_by_role("link").click()
    expect(staff.get_by_label("Contacts")).to_be_focused()
    staff.get_by_label("Message").fill("Hello {{first_name}}")
    expect(staff.locator("#preview .bubble-text")).to_have_text("Hello Ada")
    staff.get_by_role("button", name="Check").click()
    expect(staff.get_by_role("button", name="Launch to 2 contacts")).to_be_visible()


def test_without_script_a_campaign_is_launched_and_searched(browser: Browser, url, world):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, url, world)
    fill_in(page, url)
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Launch to 2 contacts").click()
    page.get_by_role("searchbox", name="Search name, number or SID").fill("ada")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("rowheader")).to_have_text(["Ada"])
    context.close()


def test_rows_counts_and_state_move_by_themselves(staff, url, world, campaign):
    staff.clock.install()
    staff.goto(f"{url}/campaigns/{campaign}")
    row = staff.get_by_role("row", name="Ada Lovelace")
    expect(row).to_contain_text("with the carrier")
    world.callback(world.delivery(campaign, ADA))
    world.callback(world.delivery(campaign, CLEO))
    staff.clock.run_for(3_000)
    expect(row.locator(".mark-delivered")).to_be_visible()
    expect(staff.locator(".count-delivered")).to_contain_text("2")
    expect(staff.locator("#campaign-head")).to_contain_text("Complete")
    expect(staff.locator("#status-line")).to_have_text("2 contacts changed: 2 delivered")


def test_focus_stays_where_it_was_while_the_rows_move(staff, url, world, campaign):
    staff.clock.install()
    staff.goto(f"{url}/campaigns/{campaign}")
    preview = staff.get_by_role("link", name="Preview the text to Cleo Merode")
    preview.focus()
    world.callback(world.delivery(campaign, ADA))
    staff.clock.run_for(3_000)
    expect(staff.locator(".count-delivered")).to_contain_text("1")
    expect(preview).to_be_focused()


def test_a_search_is_never_part_of_an_address(staff, url, campaign):
    staff.goto(f"{url}/campaigns/{campaign}")
    staff.get_by_role("searchbox", name="Search name, number or SID").fill("lovelace")
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("rowheader")).to_have_text(["Ada Lovelace"])
    assert staff.url == f"{url}/campaigns/{campaign}"
    staff.get_by_role("link", name="Clear the search").click()
    expect(staff.get_by_role("rowheader")).to_have_count(3)


@pytest.mark.parametrize("width", [320, 1280])
def test_the_reason_of_an_undelivered_message_opens_on_focus_and_hover(
    staff, url, world, campaign, width
):
    staff.set_viewport_size({"width": width, "height": 800})
    staff.goto(f"{url}/campaigns/{campaign}/activity/{world.contact(BEN)}")
    thread = staff.get_by_role("list", name="Messages with Ben Okri")
    reason = thread.get_by_role("tooltip")
    thread.get_by_role("button", name="Undelivered").focus()
    expect(reason).to_contain_text("Landline")
    expect(reason).to_be_visible()
    staff.keyboard.press("Escape")
    expect(reason).to_be_hidden()
    staff.keyboard.press("Tab")
    thread.get_by_role("button", name="Undelivered").hover()
    expect(reason).to_be_visible()


def test_the_reason_opens_in_the_selection_panel_too(staff, url, campaign):
    staff.goto(f"{url}/campaigns/{campaign}/activity")
    row = staff.get_by_role("listitem").filter(has_text="Ben Okri")
    row.get_by_role("button", name="Undelivered").hover()
    expect(row.get_by_role("tooltip")).to_be_visible()


def test_attempts_unfold_beneath_their_bubble(staff, url, campaign):
    staff.goto(f"{url}/campaigns/{campaign}/activity")
    staff.get_by_role("link", name="Ben Okri").click()
    expect(staff.get_by_text("Attempt 1 started")).to_be_hidden()
    staff.get_by_text("1 attempt", exact=True).click()
    expect(staff.get_by_text("Attempt 1 started")).to_be_visible()


def test_a_narrow_screen_shows_the_list_or_the_conversation(staff, url, campaign):
    staff.set_viewport_size({"width": 320, "height": 800})
    staff.goto(f"{url}/conversations")
    staff.get_by_role("link", name="Ben Okri").click()
    expect(staff.get_by_role("list", name="Messages with Ben Okri")).to_be_visible()
    expect(staff.get_by_role("link", name="Ada Lovelace")).to_be_hidden()
    staff.get_by_role("link", name="All conversations").click()
    expect(staff.get_by_role("link", name="Ada Lovelace")).to_be_visible()


def test_a_campaign_is_paused_and_resumed_after_a_page_that_asks(staff, url, world, campaign):
    staff.goto(f"{url}/campaigns/{campaign}")
    staff.get_by_role("link", name="Pause this campaign").click()
    expect(staff.get_by_role("heading", name="Pause “Spring fair”?")).to_be_visible()
    staff.get_by_role("button", name="Pause").click()
    expect(staff.get_by_text("Paused: nothing is sent")).to_be_visible()
    assert world.campaign(campaign).state == "paused"
    staff.get_by_role("link", name="Resume this campaign").click()
    staff.get_by_role("button", name="Resume").click()
    assert world.campaign(campaign).state == "sending"


def test_no_page_scrolls_sideways_on_a_narrow_screen(staff, url, world, campaign):
    staff.set_viewport_size({"width": 320, "height": 800})
    delivery = world.delivery(campaign, BEN)
    for path in (
        "/campaigns",
        "/campaigns/new",
        f"/campaigns/{campaign}",
        f"/campaigns/{campaign}/activity/{world.contact(BEN)}",
        f"/campaigns/{campaign}/archive",
        f"/campaigns/{campaign}/resend",
        f"/deliveries/{delivery}/preview",
        "/conversations",
    ):
        staff.goto(url + path)
        assert scrolls_sideways(staff, 320) == [], path


def test_the_columns_of_a_file_stay_a_table_on_a_narrow_screen(staff, url):
    staff.set_viewport_size({"width": 320, "height": 800})
    fill_in(staff, url)
    cells = staff.locator(".file-table tbody tr").first.locator("td")
    expect(cells).to_have_count(3)
    tops = {cell.bounding_box()["y"] for cell in cells.all()}
    assert len(tops) == 1
    assert scrolls_sideways(staff, 320) == []


def test_a_long_name_makes_no_page_scroll_sideways(staff, url, world):
    name = "Eve Alexandra-Wilhelmina van der Montgomery-Featherstonehaugh"
    row = ContactFileRow(line=2, phone=ADA, name=name, fields={})
    order = LaunchOrder(name="Spring fair", message="Hello", rows=[row])
    campaign_id = launch(world.app.ledger, order, STAFF)
    staff.goto(f"{url}/campaigns/{campaign_id}")
    assert scrolls_sideways(staff, 1280, 1000, 320) == []


def test_an_old_mark_of_verification_has_the_colour_of_the_theme(staff, url, world):
    staff.goto(f"{url}/campaigns")
    colours = []
    staff.locator("footer span").first.evaluate("it => it.className = 'verify-good fresh-0'")
    staff.wait_for_timeout(1200)  # of the animation, which a page cannot be asked to skip
    for theme in ("light", "dark"):
        staff.emulate_media(color_scheme=theme)
        mark, token = staff.evaluate("""() => {
            const probe = document.body.appendChild(document.createElement("i"));
            probe.style.color = "var(--wait)";
            const shown = document.querySelector(".verify-good");
            return [getComputedStyle(shown).color, getComputedStyle(probe).color];
        }""")
        assert mark == token
        colours.append(mark)
    assert len(set(colours)) == 2


def test_compare_stands_beside_the_moments_on_a_narrow_screen(staff, url, campaign):
    staff.set_viewport_size({"width": 320, "height": 800})
    staff.goto(f"{url}/campaigns/{campaign}")
    staff.locator(".time-fold summary").click()
    compare = staff.get_by_role("link", name="Compare", exact=True).bounding_box()
    assert compare["height"] < 40
    assert scrolls_sideways(staff, 320) == []
