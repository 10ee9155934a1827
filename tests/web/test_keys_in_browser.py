"""The keys of all pages, and the dialog that lists them and switches them off."""

import pytest
from playwright.sync_api import Page, expect

from kit.staff import served, sign_in
from kit.world import World
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
