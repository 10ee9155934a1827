"""The keys of all pages, and the dialog that lists them and switches them off."""

import pytest
from playwright.sync_api import Page, expect

from kit.staff import served, sign_in
from kit.world import ADA, BEN, World
from webapp.app import create_app

pytestmark = pytest.mark.browser


def test_keys_act_unless_somebody_types_or_switched_them_off(page: Page, world: World) -> None:
    world.launch()
    page.set_default_timeout(30_000)
    with served(create_app(world.app)) as url:
        sign_in(page, url, world)
        page.goto(f"{url}/campaigns")
        dialog, search = page.get_by_role("dialog", name="Keyboard"), page.locator("#top-search")
        page.keyboard.press("/")
        expect(search).to_be_focused()
        page.keyboard.type("?gv")
        expect(search).to_have_value("?gv")
        expect(dialog).to_be_hidden()
        search.evaluate("box => box.blur()")
        page.keyboard.press("?")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        page.keyboard.type("gv")
        page.wait_for_url("**/conversations")

        page.locator(".account-menu > summary").click()
        page.get_by_role("button", name="Keyboard…").click()
        dialog.get_by_label("Keys of one letter or sign act").uncheck()
        dialog.get_by_role("button", name="Close").click()
        page.reload()
        page.keyboard.press("?")
        page.keyboard.press("/")
        expect(page.locator("html")).to_have_class("keys-off")
        expect(dialog).to_be_hidden()
        expect(search).not_to_be_focused()


def keys_shown(page: Page) -> set[str]:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    shown = set(dialog.locator("dd:visible").all_inner_texts())
    page.keyboard.press("Escape")
    return shown


def test_letters_move_in_every_list_and_select_where_rows_can_be_selected(
    page: Page, world: World
) -> None:
    campaign_id = world.launch([ADA, BEN], name="Spring fair")
    world.clock.advance(minutes=1)
    world.launch([ADA], name="Autumn fair")
    world.opt_out(BEN)
    page.set_default_timeout(30_000)
    with served(create_app(world.app)) as url:
        sign_in(page, url, world)
        page.goto(f"{url}/campaigns")
        for key, name in (("j", "Autumn fair"), ("j", "Spring fair"), ("j", "Spring fair")):
            page.keyboard.press(key)
            expect(page.get_by_role("link", name=name)).to_be_focused()
        page.keyboard.press("k")
        expect(page.get_by_role("link", name="Autumn fair")).to_be_focused()
        assert {"Next row", "Open the row"} <= keys_shown(page)
        assert "Select the row" not in keys_shown(page)
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_url(f"**/campaigns/{campaign_id}/overview")

        page.goto(f"{url}/campaigns/{campaign_id}")
        page.keyboard.press("x")  # no row has the focus yet
        expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
        page.keyboard.type("jx")
        expect(page.locator("tbody tr").nth(0).get_by_role("checkbox")).to_be_checked()
        page.keyboard.type("jxkx")
        expect(page.locator("tbody tr").nth(0).get_by_role("checkbox")).not_to_be_checked()
        expect(page.locator("tbody tr").nth(1).get_by_role("checkbox")).to_be_checked()
        assert "Select the row" in keys_shown(page)

        for path in ("people", "audit", "opt-outs"):
            page.goto(f"{url}/{path}")
            page.keyboard.press("j")
            expect(page.locator("main [data-rows] > :first-child a").first).to_be_focused()
        page.goto(f"{url}/sending")
        assert keys_shown(page).isdisjoint({"Next row", "Select the row", "Write a reply"})
