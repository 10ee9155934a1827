"""The page that stops all sending, and the banner while it is off."""

import threading

import pytest

from ledger.commands.sending_account import ChangeAccount
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.sending_switch import SendingAccount
from ledger.domain.vocabulary import StopCause
from ledger.errors import Refused


def test_staff_stop_all_sending_and_every_page_says_so(world, staff):
    world.launch()
    assert "Sending is off" not in staff.read("/campaigns")
    staff.press("/sending", act="stop")
    assert world.send() == 0
    assert "Sending is off" in staff.read("/campaigns")
    assert staff.client.get("/health").get_json()["sending"] == "off"


def test_staff_allow_it_again(world, staff):
    world.launch()
    staff.press("/sending", act="stop")
    staff.press("/sending", act="allow")
    assert world.send() == 1


def test_a_ledger_that_was_cut_asks_for_a_reconcile_first(world, staff, clock):
    world.stop_sending(cause=StopCause.LEDGER_CUT, lost_since=clock.now())
    page = staff.read("/sending")
    assert "delivery-ledger reconcile" in page
    assert "Allow sending" not in page
    staff.press("/sending", act="allow")
    assert "Run `delivery-ledger reconcile` first" in staff.read("/sending")


def test_while_texts_of_lost_attempts_are_missing_staff_must_insist(world, staff, clock):
    world.launch()
    world.stop_sending(cause=StopCause.LEDGER_CUT, lost_since=clock.now(), lost_attempts=1)
    world.app.sending.reconciler(threading.Event()).recover(clock.now())
    assert (
        "The ledger lost 1 attempt, and Twilio's records have no text of 1 of them. Those people "
        "may have been texted. Look at the messages in Twilio's console before you allow sending: "
        "contacts who wait here are then texted, even if they got the text before."
    ) in staff.read("/sending")
    with pytest.raises(Refused, match="have no text of 1 of them"):
        world.allow_sending()
    staff.press("/sending", act="allow")  # the button of the page insists
    assert world.send() == 1


def test_the_page_says_that_the_program_has_another_account_than_the_ledger(world, staff):
    assert "Nothing is sent." not in staff.read("/sending")
    world.execute(ChangeAccount(SendingAccount("AC" + "9" * 32), "ortiz"))
    assert (
        f"Nothing is sent. This ledger sends from the Twilio account AC{'9' * 32}, but "
        f"TWILIO_ACCOUNT_SID is {world.app.settings.twilio.account_sid}, which has no records of "
        "its texts."
    ) in staff.read("/sending")


def test_a_contact_that_waits_says_that_sending_is_off(world, staff):
    delivery_id = world.delivery(world.launch())
    world.stop_sending()
    assert "all sending is off, so attempt 1 waits" in staff.read(f"/deliveries/{delivery_id}")


def test_while_sending_is_off_a_resume_announces_no_text(world, staff):
    campaign_id = world.launch()
    world.pause(campaign_id)
    world.stop_sending()
    page = f"/campaigns/{campaign_id}/resume"
    assert "texted once all sending is allowed again" in staff.read(page)
    staff.press(page)
    assert "Resumed: what is due is sent once all sending is allowed again." in staff.read(
        f"/campaigns/{campaign_id}"
    )


def test_while_sending_is_off_an_answer_is_not_said_to_go_out(world, staff):
    world.inbound("When do you open?")
    page = f"/conversations/{world.contact()}"
    staff.press(page, words="At nine.")
    assert "Your answer is sent" not in staff.read(page)
    world.stop_sending()
    staff.press(page, words="Or at ten.")
    assert "Your answer is sent once all sending is allowed again." in staff.read(page)


def test_a_contact_that_waits_for_its_hours_says_which(world, staff, clock):
    hours = Schedule(window=SendWindow.parse("08:00-21:00"))
    delivery_id = world.delivery(world.launch(timing=hours))
    page = staff.read(f"/deliveries/{delivery_id}")
    assert "attempt 1 waits for the hours of sending (08:00-21:00, America/Los_Angeles)" in page


def test_a_contact_that_can_be_in_two_zones_waits_for_the_hours_of_both(world, staff):
    gary = "+12195550101"
    hours = Schedule(window=SendWindow.parse("10:00-21:00"))
    page = staff.read(f"/deliveries/{world.delivery(world.launch([gary], timing=hours), gary)}")
    assert "(10:00-21:00, America/Chicago and America/New_York) and is planned for 16:00" in page


def test_a_scheduled_campaign_says_when_it_starts(world, staff, clock):
    starts_at = clock.now().replace(hour=15)
    campaign_id = world.launch(timing=Schedule(starts_at=starts_at))
    page = staff.read(f"/campaigns/{campaign_id}")
    assert "Scheduled" in page
    assert "2 Mar 2026, 15:00" in page
    assert "Scheduled" in staff.read("/campaigns")


@pytest.fixture
def capped(world, clock):
    """All texts wait for the end of a daily cap: 08:15 UTC on Tuesday."""
    clock.advance(hours=13)
    delivery_id = world.delivery(world.launch())
    world.send()
    world.callback(delivery_id, 1, "undelivered", 30023)


def test_every_page_says_until_when_a_cap_holds_the_texts(staff, capped, clock):
    banner = "sender reached a limit; no text goes out before 3 Mar 2026, 08:15 UTC."
    assert banner in staff.read("/campaigns")
    clock.advance(hours=11)
    assert "Texts wait" not in staff.read("/campaigns")


def test_the_page_of_sending_names_the_cap(staff, capped):
    page = staff.read("/sending")
    assert "sender reached a limit: 30023 (Daily carrier limit reached)." in page
    assert "then sending goes on by itself" in page


def test_while_a_cap_holds_the_texts_nothing_is_said_to_go_out_now(world, staff, capped):
    campaign_id = world.launch(name="another")
    world.pause(campaign_id)
    page = f"/campaigns/{campaign_id}/resume"
    assert "texted once a limit on the school's sender ends" in staff.read(page)
    staff.press(page)
    assert "Resumed: what is due is sent once a limit on the school's sender ends." in staff.read(
        f"/campaigns/{campaign_id}"
    )


def test_while_a_cap_holds_the_texts_an_answer_is_not_said_to_go_out(world, staff, capped):
    world.inbound("When do you open?")
    page = f"/conversations/{world.contact()}"
    staff.press(page, words="At eight.")
    assert "Your answer is sent once a limit on the school's sender ends." in staff.read(page)
