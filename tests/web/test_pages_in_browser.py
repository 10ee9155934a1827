"""The contact, audit and glossary pages in a real browser: what a person presses and sees."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from kit.browser import scrolls_sideways
from kit.ledger_commands import AppendEvents
from kit.staff import served, sign_in
from kit.stories import story, wrote
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.legal_holds import PlaceLegalHold
from ledger.domain.events.contacts import POSSIBLE_OPT_OUT
from webapp.app import create_app

pytestmark = pytest.mark.browser


@pytest.fixture
def ada(world: World) -> str:
    """Ada's delivery in a campaign that was sent to her and Ben."""
    campaign_id = world.launch([ADA, BEN], name="Fall aid reminder")
    world.send()
    return world.delivery(campaign_id, ADA)


@pytest.fixture
def site(world: World, ada: str) -> Iterator[str]:
    with served(create_app(world.app)) as url:
        yield url


@pytest.fixture
def staff(page: Page, site: str, world: World) -> Page:
    """A page of someone who is signed in."""
    sign_in(page, site, world)
    return page


@pytest.fixture
def scriptless(browser: Browser, site: str, world: World) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, world)
    yield page
    context.close()


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def either(request: pytest.FixtureRequest) -> Page:
    """A page of someone who is signed in, with script and without."""
    page: Page = request.getfixturevalue("staff" if request.param else "scriptless")
    return page


def pages_of(world: World, ada: str) -> list[str]:
    """Every kind of page that is tried here."""
    seq = world.last(ada).seq
    contact = f"/deliveries/{ada}"
    acts = [f"{contact}/{act}" for act in ("opt-out", "consent", "forget", "legal-holds", "file")]
    world.execute(AppendEvents(story(wrote("stop" * 100, wording=POSSIBLE_OPT_OUT))))
    world.execute(PlaceLegalHold(world.contact(ADA), "Lovelace against the school", STAFF))
    world.launch([CLEO])
    world.forget(CLEO)
    return [
        contact,
        *acts,
        "/search",
        f"/persons/{world.contact(ADA)}",
        "/numbers-to-fix",
        "/possible-opt-outs",
        "/opt-outs",
        "/opt-outs/import",
        "/personal-data/forgotten",
        "/personal-data/legal-holds",
        "/audit",
        "/audit?type=x",
        f"/audit/{seq}",
        "/statuses",
        "/health-page",
        "/nowhere",
    ]


def test_a_contact_page_follows_what_happens_without_being_loaded_again(staff, site, world, ada):
    staff.clock.install()
    staff.goto(f"{site}/deliveries/{ada}")
    expect(staff.get_by_role("heading", name="Why is this contact pending?")).to_be_visible()
    staff.evaluate("document.body.dataset.same = 'yes'")
    world.callback(ada)
    staff.clock.run_for(3000)
    expect(staff.get_by_role("heading", name="How do we know that it was")).to_be_visible()
    expect(staff.locator("#contact-head .mark-pill")).to_have_text("Delivered")
    expect(staff.get_by_label("What happened, the newest first")).to_contain_text("Callback")
    expect(staff.locator("body")).to_have_attribute("data-same", "yes")


def test_focus_stays_where_it_was_when_a_contact_page_updates(staff, site, world, ada):
    staff.clock.install()
    staff.goto(f"{site}/deliveries/{ada}")
    enrolled = world.app.ledger.reader.stream(ada)[0].seq
    moment = staff.locator(f"#moment-{enrolled} a")
    moment.focus()
    world.callback(ada, status="undelivered", code=30008)
    staff.clock.run_for(3000)
    expect(staff.locator(".moment").first).to_contain_text("30008")
    expect(moment).to_be_focused()


def test_a_number_is_opted_out_and_in_again(either, site, world, ada):
    page = either
    waiting = world.delivery(world.launch([ADA], name="Bus 14 is late"), ADA)
    page.goto(f"{site}/deliveries/{waiting}")
    page.get_by_role("link", name="Opt-Out Ada Lovelace").click()
    expect(page.get_by_role("heading", name="Opt out Ada Lovelace?")).to_be_visible()
    expect(page.locator(".consequences")).to_contain_text("1waiting delivery")
    page.get_by_role("button", name="Opt out").click()
    expect(page.get_by_role("heading", name="Why did this contact fail?")).to_be_visible()
    expect(page.locator("#main")).to_contain_text("1 waiting delivery withdrawn.")
    page.get_by_role("link", name="Opt-In Ada Lovelace").click()
    page.get_by_role("button", name="Opt in").click()
    expect(page.locator("#main")).to_contain_text("this number may be texted again")


def test_an_opt_out_works_by_keyboard_alone(staff, site, ada):
    staff.goto(f"{site}/deliveries/{ada}")
    staff.get_by_role("link", name="Opt-Out Ada Lovelace").focus()
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", name="Opt out Ada Lovelace?")).to_be_visible()
    staff.get_by_role("button", name="Opt out").focus()
    staff.keyboard.press("Enter")
    expect(staff.locator("#main")).to_contain_text("nothing more is sent to this number")


def test_an_explanation_links_its_events_and_they_each_other(staff, site, world, ada):
    staff.goto(f"{site}/deliveries/{ada}")
    accepted = world.last(ada).seq
    staff.locator("#why").get_by_role("link", name=f"#{accepted}").click()
    expect(
        staff.get_by_role("heading", name=f"Event #{accepted}: Attempt accepted")
    ).to_be_visible()
    staff.get_by_role("navigation", name="In its stream").get_by_role("link").first.click()
    expect(staff.get_by_role("heading", level=1)).to_contain_text("Attempt started")
    staff.get_by_role("navigation", name="In the ledger").get_by_role("link").last.click()
    expect(staff.get_by_role("heading", level=1)).to_contain_text("Event #")
    staff.go_back()
    staff.get_by_role("link", name="Contact page").click()
    expect(staff.get_by_role("heading", name="Ada Lovelace")).to_be_visible()


def test_the_audit_trail_is_filtered_and_cleared(either, site, ada):
    page = either
    page.goto(f"{site}/audit")
    page.get_by_text("Choose from lists").click()
    page.get_by_label("Type").select_option("AttemptStarted")
    expect(page).to_have_url(f"{site}/audit")
    page.get_by_label("Delivery id").fill(ada)
    page.get_by_role("button", name="Filter").click()
    rows = page.get_by_role("table", name="Events, the newest first").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("Attempt 1 started")
    page.get_by_role("link", name="Clear").click()
    expect(rows).not_to_have_count(2)


def test_the_audit_trail_is_searched_without_script(scriptless, site, world, ada):
    page = scriptless
    page.goto(f"{site}/audit")
    page.get_by_role("searchbox", name="Search the events").fill(f"number:{ADA} type:started")
    page.get_by_role("button", name="Search").click()
    rows = page.get_by_role("table", name="Events, the newest first").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(page).to_have_url(f"{site}/audit?type=AttemptStarted&contact={world.contact(ADA)}")
    page.get_by_role("link", name="Grouped by delivery").click()
    expect(page).to_have_url(re.compile("view=grouped"))


def test_new_events_wait_until_they_are_asked_for(staff, site, world, ada):
    staff.goto(f"{site}/audit")
    rows = staff.get_by_role("table", name="Events, the newest first").get_by_role("row")
    shown = rows.count()
    world.opt_out(ADA)
    new = staff.get_by_role("link", name="1 new event. Show")
    expect(new).to_be_visible(timeout=15_000)
    expect(rows).to_have_count(shown)
    new.click()
    expect(rows).to_have_count(shown + 1)


def test_a_code_leads_to_its_line_in_the_glossary(staff, site, world, ada):
    world.callback(ada, status="undelivered", code=30006)
    staff.goto(f"{site}/deliveries/{ada}")
    staff.get_by_role("link", name="30006", exact=True).click()
    expect(staff.locator("#code-30006")).to_be_in_viewport()


def test_each_page_fits_complains_of_nothing_and_is_labelled(staff, site, world, ada):
    faults: list[str] = []
    staff.on("pageerror", lambda error: faults.append(str(error)))
    staff.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    nameless = "table:not(:has(caption)), select:not([id]), nav:not([aria-label])"
    for path in pages_of(world, ada):
        staff.goto(site + path)
        expect(staff.get_by_role("heading", level=1)).to_have_count(1)
        assert staff.title() != " · Delivery Ledger"
        expect(staff.locator(nameless)).to_have_count(0)
        expect(staff.locator("main svg:not([aria-hidden])")).to_have_count(0)
        assert scrolls_sideways(staff, 320, 768, 1280) == [], path
    assert [fault for fault in faults if "404" not in fault] == []


def test_every_place_to_press_on_a_phone_is_large_enough(staff, site, ada):
    staff.set_viewport_size({"width": 320, "height": 800})
    staff.goto(f"{site}/deliveries/{ada}")
    for link in staff.locator(".page-head .button").all():
        assert link.bounding_box()["height"] >= 44
    for link in staff.locator("#why .seq, .moment .seq").all():
        box = link.bounding_box()
        assert min(box["height"], box["width"]) >= 24
