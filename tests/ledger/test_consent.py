"""Consent: what is recorded, what withdraws it, and whom a launch texts where it is required."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kit.clock import MONDAY
from kit.world import ADA, BEN, CLEO, STAFF, row
from ledger.commands.consent import RecordConsent, count_without_consent
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.replies import SendReply
from ledger.commands.resends import ResendOrder, resend
from ledger.domain.contact import Contact
from ledger.domain.events import Person
from ledger.errors import BadInput, Refused
from ledger.messages.consent_columns import WrittenConsent
from projections.campaigns.resend_plan import Selection
from projections.campaigns.rows import Consent

pytestmark = pytest.mark.both_databases

FORM = "Fall enrollment form"
AUGUST = MONDAY - timedelta(days=200)


def record(world, phone=ADA, *, given_at=AUGUST, source=FORM):
    world.execute(
        RecordConsent(
            contact_id=world.contact(phone), phone=phone, source=source, given_at=given_at, by=STAFF
        )
    )


def contact(world, phone=ADA):
    return world.app.ledger.reader.load(Contact, world.contact(phone))


def launch_to(world, *rows, requires_consent=True, name="Spring fair"):
    order = LaunchOrder(name=name, message="Hello", rows=rows, requires_consent=requires_consent)
    return launch(world.app.ledger, order, STAFF, again=True)


def consenting(phone=ADA, *, given_at=AUGUST):
    return replace(row(phone), consent=WrittenConsent(FORM, given_at))


def test_staff_record_source_and_time(world):
    record(world)
    event = world.last(world.contact()).event
    assert (event.given_at, event.private.source, event.private.phone) == (AUGUST, FORM, ADA)
    assert event.actor == STAFF
    assert contact(world).has_consent


@pytest.mark.parametrize(
    ("source", "given_at"),
    [(" ", AUGUST), ("x" * 201, AUGUST), (FORM, MONDAY + timedelta(seconds=1))],
)
def test_a_consent_that_cannot_be_is_refused(world, source, given_at):
    with pytest.raises(BadInput):
        record(world, source=source, given_at=given_at)
    assert not contact(world).exists


def test_an_earlier_consent_than_the_recorded_one_is_refused(world):
    record(world)
    with pytest.raises(Refused, match="recorded already"):
        record(world, given_at=AUGUST - timedelta(days=1))


def test_no_consent_is_recorded_while_the_number_is_opted_out(world):
    world.opt_out()
    with pytest.raises(Refused, match="Opt it in first"):
        record(world, given_at=MONDAY)


@pytest.mark.parametrize("by_text", [True, False])
def test_an_opt_out_withdraws_the_consent_and_an_opt_in_does_not_give_it_again(world, by_text):
    record(world)
    if by_text:
        world.inbound("STOP", sid="SM1")
        world.inbound("START", sid="SM2")
    else:
        world.opt_out()
        world.opt_in()
    assert not contact(world).has_consent


def test_forgetting_ends_the_consent(world):
    world.launch([ADA])
    record(world)
    world.forget()
    assert not contact(world).has_consent


# With an enrolment.


def test_a_consent_of_the_file_is_recorded_with_the_enrolment(world):
    launch_to(world, consenting(), row(BEN), requires_consent=False)
    assert world.topics(world.contact()) == ["ConsentRecorded"]
    assert contact(world).consent_given_at == AUGUST
    assert not contact(world, BEN).exists


def test_the_same_file_records_the_consent_once(world):
    for name in ("Fall", "Spring"):
        launch_to(world, consenting(), name=name)
    assert world.topics(world.contact()) == ["ConsentRecorded"]


@pytest.mark.parametrize("given_at", [AUGUST, None])
def test_a_file_does_not_bring_back_a_consent_that_was_withdrawn(world, given_at):
    launch_to(world, consenting(given_at=given_at), name="Fall")
    world.opt_out()
    launch_to(world, consenting(given_at=given_at), name="Winter")
    world.opt_in()
    launch_to(world, consenting(given_at=given_at), name="Spring")
    assert not contact(world).has_consent


def test_a_consent_after_the_opt_in_counts(world):
    launch_to(world, consenting(), name="Fall")
    world.opt_out()
    world.opt_in()
    launch_to(world, consenting(given_at=MONDAY), name="Spring")
    assert contact(world).has_consent


# Where consent is required.


def test_a_launch_texts_only_people_who_gave_consent(world, provider):
    record(world, BEN)
    campaign_id = launch_to(world, row(ADA), row(BEN), consenting(CLEO))
    world.send()
    assert {text.to for text in provider.sent} == {BEN, CLEO}
    left_out = world.row(world.delivery(campaign_id, ADA))
    assert (left_out.status, left_out.failed_reason) == ("failed", "no_consent")


def test_without_the_requirement_everybody_is_texted(world, provider):
    launch_to(world, row(ADA), requires_consent=False)
    world.send()
    assert [text.to for text in provider.sent] == [ADA]


def test_an_opted_out_contact_is_named_as_such(world):
    world.opt_out()
    campaign_id = launch_to(world, consenting())
    assert world.row(world.delivery(campaign_id, ADA)).failed_reason == "opted_out"


def test_the_contacts_without_consent_are_counted_before_the_launch(world):
    record(world, BEN)
    world.opt_out(CLEO)
    rows = [row(ADA), row(BEN), row(CLEO), consenting("+14155550104")]
    ledger = world.app.ledger
    assert count_without_consent(ledger.reader, ledger.identity, rows) == 1


def resend_all(world, campaign_id, *, requires_consent=True):
    """Resend what failed; return the number, and the reasons of those left out."""
    world.catch_up()
    status = world.app.status
    plan = status.resend_plan(campaign_id, Selection(), requires_consent=requires_consent)
    order = ResendOrder(
        campaign_id=campaign_id,
        delivery_ids=status.selected(campaign_id, Selection()),
        request=world.app.ledger.identity.new_request(),
        requires_consent=requires_consent,
    )
    done = resend(world.app.ledger, order, STAFF)
    reasons = [each.reason for each in done.left_out]
    assert (plan.count, list(plan.left_out)) == (done.count, reasons)
    return (done.count, reasons)


def test_a_resend_leaves_out_people_without_consent(world):
    campaign_id = launch_to(world, row(ADA))
    assert resend_all(world, campaign_id) == (0, ["no_consent"])


def test_a_resend_reaches_people_whose_consent_was_recorded_since(world, provider):
    campaign_id = launch_to(world, row(ADA))
    record(world)
    assert resend_all(world, campaign_id) == (1, [])
    world.send()
    assert [text.to for text in provider.sent] == [ADA]


def test_a_resend_reaches_everybody_once_consent_is_not_required_any_more(world):
    campaign_id = launch_to(world, row(ADA))
    assert resend_all(world, campaign_id, requires_consent=False) == (1, [])


def reply(world):
    person = Person(phone=ADA, name="Ada", fields={})
    identity = world.app.ledger.identity
    world.execute(
        SendReply.to(identity, person, "At nine.", STAFF, request="r", requires_consent=True)
    )


def test_a_reply_to_somebody_who_neither_consented_nor_wrote_is_refused(world):
    with pytest.raises(Refused, match="Record the consent on the contact page first"):
        reply(world)


def by_writing(world):
    world.inbound("When do you open?", sid="SM1")


@pytest.mark.parametrize("step", [by_writing, record])
def test_a_reply_may_go_to_who_wrote_or_consented(world, provider, step):
    step(world)
    reply(world)
    world.send()
    assert [text.to for text in provider.sent] == [ADA]


# In the views.


def test_the_row_of_a_contact_has_its_consent(world):
    campaign_id = launch_to(world, consenting(), row(BEN), requires_consent=False)
    assert world.row(world.delivery(campaign_id, ADA)).consent == Consent(FORM, AUGUST)
    assert world.row(world.delivery(campaign_id, BEN)).consent is None


def test_an_opt_out_takes_the_consent_off_the_row_and_the_past_keeps_it(world):
    delivery_id = world.delivery(launch_to(world, consenting()))
    head = world.app.ledger.reader.head()
    world.opt_out()
    assert world.row(delivery_id).consent is None
    assert world.app.status.as_of(head).contact(delivery_id).consent == Consent(FORM, AUGUST)
    assert list(world.app.views.differences()) == []


def test_a_forgotten_contact_has_no_source_left(world):
    delivery_id = world.delivery(launch_to(world, consenting()))
    head = world.app.ledger.reader.head()
    world.forget()
    assert world.row(delivery_id).consent is None
    assert world.app.status.as_of(head).contact(delivery_id).consent == Consent("", AUGUST)
    assert list(world.app.views.differences()) == []
