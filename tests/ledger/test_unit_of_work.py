"""Commands of one commit: decided on streams read once for all, each seeing those before it."""

import threading
from contextlib import suppress

import pytest

from kit.ledger_commands import Deciding, Refusing, held_up
from kit.world import ADA, BEN, CLEO, STAFF, row
from ledger.commands.campaigns import PauseCampaign
from ledger.commands.contacts import OptOut
from ledger.commands.enrolment import EnrolContacts
from ledger.domain.campaign import Campaign
from ledger.domain.contact import Contact
from ledger.domain.vocabulary import CampaignState
from ledger.errors import AlreadyRecorded, NotFound, Refused, StoreUnavailable
from ledger.store.commit import Commit

WAIT = 30


def callback(world, delivery_id, status="delivered", turn=1, **more):
    """A genuine callback, handed in and not waited for."""
    token = world.app.ledger.identity.callback_token(delivery_id, turn)
    form = {"MessageSid": world.sid_of(delivery_id, turn), "MessageStatus": status, **more}
    return world.app.ledger.execute(world.callback_command(delivery_id, turn, token, form))


@pytest.fixture
def commits(monkeypatch):
    """How many events each commit held that held any."""
    counts, append = [], Commit.append

    def counted(commit, batch):
        counts.extend([len(batch.stored_events)] if batch.stored_events else [])
        return append(commit, batch)

    monkeypatch.setattr(Commit, "append", counted)
    return counts


@pytest.fixture
def sent(world):
    """The deliveries of a campaign that was sent to three."""
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    return [world.delivery(campaign_id, phone) for phone in (ADA, BEN, CLEO)]


def topics_and_statuses(world, stream_id):
    events = [entry.event for entry in world.app.ledger.reader.stream(stream_id)]
    return [event.status for event in events if event.topic == "CallbackReceived"]


def test_callbacks_that_wait_together_are_one_commit(world, sent, commits):
    head = world.app.ledger.reader.head()
    with held_up(world.app.ledger):
        futures = [callback(world, delivery_id) for delivery_id in sent]
    for future in futures:
        future.result(WAIT)
    assert commits == [3]
    assert [world.last(delivery_id).seq for delivery_id in sent] == [head + 1, head + 2, head + 3]


def test_callbacks_about_one_delivery_are_decided_one_upon_the_other(world, sent, commits):
    with held_up(world.app.ledger):
        futures = [callback(world, sent[0], status) for status in ("queued", "sent", "delivered")]
    for future in futures:
        future.result(WAIT)
    assert commits == [3]
    assert topics_and_statuses(world, sent[0]) == ["queued", "sent", "delivered"]


def test_the_same_callback_twice_in_one_commit_is_recorded_once(world, sent):
    with held_up(world.app.ledger):
        first, again = callback(world, sent[0]), callback(world, sent[0])
        other = callback(world, sent[0], "read")
    assert (first.exception(WAIT), other.exception(WAIT)) == (None, None)
    assert isinstance(again.exception(WAIT), AlreadyRecorded)
    assert topics_and_statuses(world, sent[0]) == ["delivered", "read"]


def test_a_refused_command_leaves_no_event_and_fails_no_other_command(world, sent, commits):
    contact = world.app.ledger.reader.load(Contact, world.contact(CLEO))

    def refuse(work):
        work.append(contact.opt_out(STAFF, "staff", None))
        raise NotFound("no")

    with held_up(world.app.ledger):
        one = callback(world, sent[0])
        refused = world.app.ledger.execute(Deciding(refuse))
        other = callback(world, sent[1])
    assert (one.exception(WAIT), other.exception(WAIT)) == (None, None)
    assert isinstance(refused.exception(WAIT), NotFound)
    assert commits == [2]


def test_a_decision_that_breaks_takes_no_other_down(world, sent):
    def broken(_work):
        raise ZeroDivisionError

    with held_up(world.app.ledger):
        one = callback(world, sent[0])
        fault = world.app.ledger.execute(Deciding(broken))
        other = callback(world, sent[1])
    assert (one.exception(WAIT), other.exception(WAIT)) == (None, None)
    assert isinstance(fault.exception(WAIT), ZeroDivisionError)


def test_what_staff_do_meanwhile_goes_into_the_same_commit(world, sent, commits):
    campaign_id = world.row(sent[0]).campaign_id
    with held_up(world.app.ledger):
        received = callback(world, sent[0])
        paused = world.app.ledger.execute(PauseCampaign(campaign_id, STAFF))
    assert (received.exception(WAIT), paused.exception(WAIT)) == (None, None)
    assert commits == [2]


def test_a_later_command_of_the_same_commit_sees_the_earlier_ones(world, sent):
    campaign_id = world.row(sent[0]).campaign_id
    with held_up(world.app.ledger):
        world.app.ledger.execute(PauseCampaign(campaign_id, STAFF))
        seen = world.app.ledger.execute(
            Deciding(lambda work: work.load(Campaign, campaign_id).state, [campaign_id])
        )
        again = world.app.ledger.execute(PauseCampaign(campaign_id, STAFF))
    assert seen.result(WAIT) is CampaignState.PAUSED
    assert isinstance(again.exception(WAIT), Refused)


def test_a_stream_that_nobody_announced_is_read_with_what_the_commit_appended(world):
    contact_id = world.contact(CLEO)

    def load(work):
        return work.load(Contact, contact_id).is_opted_out

    with held_up(world.app.ledger):
        world.app.ledger.execute(OptOut(contact_id, STAFF, CLEO))
        seen = world.app.ledger.execute(Deciding(load))
    assert seen.result(WAIT)


def test_a_stream_that_was_read_as_one_kind_is_not_found_as_another(world, sent):
    delivery = world.row(sent[0])

    def load_all_ways(work):
        loaded = []
        for kind in (Contact, Campaign, Contact):
            with suppress(NotFound):
                loaded.append(type(work.load(kind, delivery.campaign_id)))
        return loaded

    deciding = Deciding(load_all_ways, [delivery.campaign_id])
    assert world.app.ledger.execute(deciding).result(WAIT) == [Campaign]


def enrolment(ledger, campaign_id, phone=ADA):
    return EnrolContacts(
        identity=ledger.identity,
        campaign_id=campaign_id,
        rows=[row(phone)],
        offset=1,
        zone="",
        by=STAFF,
    )


def test_a_command_sees_deliveries_and_people_enrolled_by_the_same_commit(world):
    ledger, campaign_id = world.app.ledger, world.launch([BEN])
    delivery_id = world.delivery(campaign_id, ADA)
    with held_up(world.app.ledger):
        ledger.execute(enrolment(ledger, campaign_id))
        deliveries = ledger.execute(Deciding(lambda work: work.deliveries_of(world.contact(ADA))))
        person = ledger.execute(Deciding(lambda work: work.person_of(delivery_id)))
    assert deliveries.result(WAIT) == [delivery_id]
    assert person.result(WAIT).phone == ADA


def test_two_uploads_of_a_new_number_in_one_commit_share_one_key(world):
    ledger, campaign_ids = world.app.ledger, [world.launch([BEN]), world.launch([BEN])]
    with held_up(world.app.ledger):
        enrolled = [ledger.execute(enrolment(ledger, campaign_id)) for campaign_id in campaign_ids]
    assert [future.exception(WAIT) for future in enrolled] == [None, None]
    people = [world.text(world.delivery(campaign_id, ADA)).to for campaign_id in campaign_ids]
    assert people == [ADA, ADA]


def test_a_refused_upload_leaves_no_key_behind(world, sent):
    phone = "+14155550199"
    upload = enrolment(world.app.ledger, world.row(sent[0]).campaign_id, phone)
    refused = world.app.ledger.execute(Refusing(upload))
    assert isinstance(refused.exception(WAIT), Refused)
    assert world.app.ledger.reader.subjects_with_key([world.contact(phone)]) == set()


def test_nothing_moves_while_a_command_is_decided(world, sent):
    other, campaign_id = world.again(), world.row(sent[0]).campaign_id
    elsewhere = threading.Thread(target=other.pause, args=[campaign_id])

    def decide(_work):
        elsewhere.start()
        elsewhere.join(0.3)
        return world.topics(campaign_id)

    seen = world.app.ledger.execute(Deciding(decide, [campaign_id])).result(WAIT)
    assert len(seen) == 2
    elsewhere.join(WAIT)
    assert world.topics(campaign_id)[2:] == ["CampaignPaused"]
    other.close()


def test_a_store_that_is_away_says_so_to_all_who_wait_and_is_used_again_when_back(
    world, sent, monkeypatch
):
    def away(_named):
        raise StoreUnavailable("away")

    with monkeypatch.context() as patch:
        with held_up(world.app.ledger):
            patch.setattr(world.app.ledger.recorder, "commit", away)
            futures = [callback(world, delivery_id) for delivery_id in sent]
        told = [future.exception(WAIT) for future in futures]
    assert [type(error) for error in told] == [StoreUnavailable] * 3
    assert callback(world, sent[0]).exception(WAIT) is None


def test_one_21610_withdraws_what_a_callback_of_the_same_commit_left_waiting(world):
    first, second = (world.delivery(world.launch(name=name)) for name in ("One", "Two"))
    world.send()
    with held_up(world.app.ledger):
        bounced = callback(world, second, "undelivered", ErrorCode="30001")
        opted_out = callback(world, first, "undelivered", ErrorCode="21610")
    assert (bounced.exception(WAIT), opted_out.exception(WAIT)) == (None, None)
    assert world.topics(second)[-1] == "DeliveryWithdrawn"


def test_r16_a_21610_keeps_the_number_sealed_in_the_opt_out(world, sent):
    callback(world, sent[0], "undelivered", ErrorCode="21610").result(WAIT)
    assert world.last(world.contact()).event.private.phone == ADA
