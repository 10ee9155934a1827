"""The pages about people in a real browser: they fit every width, and an admin can use them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from kit.accounts import add_account
from kit.browser import scrolls_sideways
from kit.staff import NAME, served, sign_in, sign_in_by_link
from kit.world import World
from ledger.domain.vocabulary import Role
from webapp.app import create_app

pytestmark = pytest.mark.browser


@pytest.fixture
def site(world: World) -> Iterator[str]:
    with served(create_app(world.app)) as url:
        yield url


@pytest.fixture
def admin(page: Page, site: str, world: World) -> Page:
    sign_in_by_link(page, site, world)
    return page


def test_an_admin_adds_somebody_and_shuts_them_out_again(admin: Page, world: World) -> None:
    admin.locator(".account-menu > summary").click()
    admin.get_by_role("link", name="People", exact=True).click()
    admin.get_by_label("Name", exact=True).fill("Wolfeschlegelsteinhausen-Featherstonehaugh")
    admin.get_by_label("Auditor").check()
    admin.get_by_role("button", name="Add, and make a sign-in link").click()
    expect(admin.get_by_role("heading", name="Sign-in link of")).to_be_visible()
    assert scrolls_sideways(admin, 320, 1280) == []
    admin.get_by_role("link", name="All people").click()
    assert scrolls_sideways(admin, 320, 1280) == []
    admin.get_by_role("link", name="Wolfeschlegelsteinhausen").click()
    assert scrolls_sideways(admin, 320, 1280) == []
    admin.get_by_role("button", name="Disable").click()
    expect(admin.get_by_text("Disabled: signed out everywhere")).to_be_visible()
    admin.get_by_role("link", name="Remove…").click()
    assert scrolls_sideways(admin, 320, 1280) == []
    admin.get_by_role("button", name="Remove for good").click()
    expect(admin.get_by_text("has no account any more")).to_be_visible()
    assert [each.name for each in world.app.accounts.all()] == [NAME]


def test_the_menu_of_the_account_leads_to_it_and_closes_on_escape(admin: Page) -> None:
    menu, account = (
        admin.locator(".account-menu summary"),
        admin.get_by_role("link", name="Your account"),
    )
    menu.click()
    expect(account).to_be_visible()
    admin.keyboard.press("Escape")
    expect(account).to_be_hidden()
    admin.keyboard.press("/")
    expect(admin.get_by_role("searchbox", name="Search people")).to_be_focused()
    menu.click()
    account.click()
    expect(admin.get_by_role("heading", name="Your account")).to_be_visible()
    expect(admin.get_by_text("Chrome on Linux", exact=True)).to_be_visible()
    assert scrolls_sideways(admin, 320, 1280) == []


def test_a_viewer_has_a_short_menu_and_a_page_that_says_who_may(
    page: Page, site: str, world: World
) -> None:
    add_account(world.app.accounts, NAME, Role.VIEWER)
    sign_in(page, site, world)
    page.goto(f"{site}/campaigns")
    assert page.get_by_label("Main").get_by_role("link").all_inner_texts() == [
        *("Campaigns", "Numbers to fix"),
    ]
    page.goto(f"{site}/campaigns/new")
    expect(page.get_by_text("one must be staff, approver or admin")).to_be_visible()
    assert scrolls_sideways(page, 320, 1280) == []
