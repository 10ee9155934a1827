"""Texts that may have been sent, as staff see them, decide, and see what came of it."""

import threading

import pytest

from kit.provider import provider_record
from kit.staff import Staff
from kit.world import ADA, BEN
from ledger.domain.vocabulary import DeliveryStatus, Reason, Settlement
from ledger.providers.contract import UnknownOutcome


@pytest.fixture
def ada(world, provider, clock):
    """Twilio never answered for Ada's text, and knows two that it could be."""
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    delivery_id = world.delivery(world.launch([ADA, BEN], name="Fall aid reminder"))
    world.send()
    now = clock.now()
    provider.records[ADA] = [provider_record(now, sid=sid) for sid in ("SM77", "SM78")]
    clock.advance(minutes=1)
    world.send()
    return delivery_id


def undecided(world, campaign_id=None):
    """The deliveries that wait for a word of staff."""
    world.catch_up()
    return [row.delivery_id for row in world.app.status.undecided(campaign_id)]


def test_contacts_that_wait_for_a_decision_are_listed_and_counted(world, staff, ada):
    campaign_id = world.row(ada).campaign_id
    assert undecided(world, campaign_id) == [ada]
    assert "Ada Lovelace" in staff.read("/decisions")
    assert "Ben Okri" not in staff.read("/decisions")
    assert "1 text may have been sent." in staff.read(f"/campaigns/{campaign_id}")
    assert world.detail(ada) == "may have been sent: send it again, or let it be?"


def test_the_contact_page_says_why_and_leads_to_the_decision(staff, ada):
    assert "so staff must decide" in staff.read(f"/deliveries/{ada}")
    assert f'href="/deliveries/{ada}/decide"' in staff.open(f"/deliveries/{ada}").text


def test_a_text_found_after_a_restore_says_so(world, provider, clock, staff):
    started_at, delivery_id = clock.now(), world.delivery(world.launch([ADA]))
    clock.advance(minutes=30)
    provider.records[ADA] = [provider_record(clock.now(), body="Other words")]
    world.app.sending.reconciler(threading.Event()).recover(started_at)
    assert (
        "The ledger lost its end, and Twilio has a text to this number that could be this one; "
        "Twilio's records leave it open, so staff must decide."
    ) in staff.read(f"/deliveries/{delivery_id}")
    assert "Ada Lovelace" in staff.read("/decisions")


def test_a_text_to_be_sent_again_is_sent_once_more(world, provider, staff, ada):
    answer = staff.press(f"/deliveries/{ada}/decide", decision="resend")
    assert answer.status_code == 303
    world.send()
    assert [text.to for text in provider.sent].count(ADA) == 2
    assert undecided(world) == []


def test_a_text_that_is_let_be_fails_and_says_why(world, provider, staff, ada):
    staff.press(f"/deliveries/{ada}/decide", decision="let_be")
    world.send()
    row = world.row(ada)
    assert (row.status, row.failed_reason) == (DeliveryStatus.FAILED, Reason.MAY_HAVE_BEEN_SENT)
    assert [text.to for text in provider.sent].count(ADA) == 1
    assert "Nothing to decide" in staff.read("/decisions")


def test_a_late_report_makes_the_decision_unnecessary(world, staff, ada):
    world.callback(ada, sid="SM77")
    assert undecided(world) == []
    assert world.row(ada).status is DeliveryStatus.DELIVERED
    answer = staff.open(f"/deliveries/{ada}/decide")
    assert answer.status_code == 303


def test_nobody_is_asked_about_an_archived_campaign(world, ada):
    world.archive(world.row(ada).campaign_id)
    assert undecided(world) == []
    assert not world.row(ada).needs_decision


def test_an_invalid_decision_changes_nothing(world, staff, ada):
    before = world.topics(ada)
    assert staff.press(f"/deliveries/{ada}/decide", decision="perhaps").status_code == 422
    assert world.topics(ada) == before


def test_a_second_word_is_refused_with_a_sentence(world, staff, ada):
    page = staff.open(f"/deliveries/{ada}/decide")
    assert page.status_code == 200
    other = Staff(world, "carla")
    other.press(f"/deliveries/{ada}/decide", decision="let_be")
    answer = staff.client.get(f"/deliveries/{ada}/decide", follow_redirects=True)
    assert "is known" in answer.text


def test_the_past_shows_that_it_was_open(world, ada, clock):
    asked = world.app.ledger.recorder.max_notification_id()
    clock.advance(hours=1)
    world.settle(ada, Settlement.LET_BE)
    then = world.app.status.as_of(asked).contact(ada)
    assert then.needs_decision
