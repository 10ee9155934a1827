"""The Overview tab, and the texts that no carrier confirms."""

import pytest

from kit.world import ADA, BEN, CLEO
from webapp.unconfirmed import account_for_unconfirmed


@pytest.fixture
def sent(world):
    """A campaign whose three contacts have been texted."""
    campaign_id = world.launch((ADA, BEN, CLEO))
    world.send()
    return campaign_id


def overview(staff, campaign_id, query=""):
    """The text of the tab."""
    page = staff.open(f"/campaigns/{campaign_id}/overview{query}")
    assert page.status_code == 200
    return page.text


def test_the_overview_says_what_the_campaign_waits_for(staff, world, sent):
    world.callback(world.delivery(sent, ADA))
    page = overview(staff, sent)
    assert "1 of 3 contacts has the text. Waiting for 2 reports of delivery." in page
    assert "Too few texts to draw: 3." in page


def test_a_reason_leads_to_its_contacts(staff, world, sent):
    world.callback(world.delivery(sent, ADA), 1, "undelivered", 30006)
    assert "Ask the family for another number" in overview(staff, sent)
    shown = staff.open(f"/campaigns/{sent}?status=failed&reason=unreachable_number").text
    assert "Ada" in shown
    assert "Ben" not in shown


def test_a_campaign_is_complete_but_for_texts_that_no_carrier_confirms(staff, world, sent, clock):
    world.callback(world.delivery(sent, ADA))
    world.callback(world.delivery(sent, BEN))
    clock.advance(hours=73)
    assert "Complete but for 1 text that no carrier will confirm." in overview(staff, sent)
    page = staff.open(f"/campaigns/{sent}/unconfirmed")
    assert "Cleo" in page.text
    staff.press(f"/campaigns/{sent}/unconfirmed")
    campaign = world.campaign(sent)
    assert campaign.is_complete
    assert campaign.counts.pending == 1
    assert "Staff accounted for 1 text that no carrier confirmed" in overview(staff, sent)


def test_a_report_after_accounting_still_counts(world, sent, clock):
    """Ada's text fails for a while: it is tried again, so the campaign waits for it once more."""
    clock.advance(hours=73)
    done = account_for_unconfirmed(world.app, sent, "usr_1")
    assert (done.texts, done.is_complete) == (3, True)
    assert account_for_unconfirmed(world.app, sent, "usr_1").texts == 0
    seq = world.app.ledger.reader.head()
    world.callback(world.delivery(sent, ADA), 1, "undelivered", 30001)
    assert not world.campaign(sent).is_complete
    world.callback(world.delivery(sent, ADA), 1, "delivered")
    assert world.campaign(sent).is_complete
    assert world.app.status.as_of(seq).campaign(sent).accounted_for == 3
    assert list(world.app.views.differences()) == []
