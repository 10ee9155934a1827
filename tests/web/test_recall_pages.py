"""The page of a recall: what has gone, what can be withdrawn, and what came of it."""

import pytest
from playwright.sync_api import Page, expect

from kit.browser import scrolls_sideways
from kit.provider import provider_record
from kit.staff import Staff, served, sign_in, words_of
from kit.world import ADA, BEN, CLEO, World
from webapp.app import create_app


@pytest.fixture
def campaign(world: World) -> str:
    """Ada has the text, Twilio can cancel Ben's, and Cleo's bounced and waits."""
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    sid = world.sid_of(world.delivery(campaign_id, BEN))
    world.provider.cancels[sid] = provider_record(world.clock.now(), sid=sid, status="canceled")
    world.callback(world.delivery(campaign_id, CLEO), status="undelivered", code=30008)
    return f"/campaigns/{campaign_id}"


def test_a_campaign_is_recalled_on_its_page(world: World, staff: Staff, campaign: str) -> None:
    assert "Recall… this campaign" in staff.read(campaign)
    words = staff.read(f"{campaign}/recall")
    assert "1 Delivered cannot be taken back 1 Pending not texted" in words
    assert "1 with Twilio Twilio is asked to cancel them" in words
    assert world.provider.asked_to_cancel == []
    words = words_of(staff.press(f"{campaign}/recall").text)
    assert "“Spring fair” is recalled" in words
    assert "Recalled: 1 contact is not texted and stays pending for good." in words
    assert "Twilio canceled 1 text." in words
    assert "Canceled" in staff.read(f"{campaign}?status=failed")
    assert "Campaign recalled: no further attempts, and Twilio was asked" in staff.read("/audit")


def test_an_archived_campaign_offers_no_recall(world: World, staff: Staff, campaign: str) -> None:
    world.archive(campaign.rpartition("/")[2])
    assert "Recall" not in staff.read(campaign)
    refused = staff.open(f"{campaign}/recall")
    assert "Cannot recall this campaign: it is archived" in staff.read(refused.location)


@pytest.mark.browser
def test_the_recall_in_a_browser(page: Page, world: World, campaign: str) -> None:
    with served(create_app(world.app)) as url:
        sign_in(page, url, world)
        page.goto(f"{url}{campaign}")
        page.get_by_label("More acts for this campaign").click()
        page.get_by_role("link", name="Recall… this campaign").click()
        assert scrolls_sideways(page, 320, 1280) == []
        page.get_by_role("button", name="Recall", exact=True).click()
        expect(page.get_by_role("heading", name="is recalled")).to_be_visible()
        assert scrolls_sideways(page, 320, 1280) == []
