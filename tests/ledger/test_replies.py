"""Answers of staff: sent and told like every text, and no campaign to anybody."""

from datetime import timedelta

import pytest

from kit.provider import refusal
from kit.world import ADA, BEN, STAFF
from ledger.commands.replies import SendReply
from ledger.domain.events import Person
from ledger.domain.vocabulary import DeliveryStatus, MessageStatus
from ledger.errors import BadInput, Refused


def write(world, words="We open at nine.", request="req_1", phone=ADA):
    person = Person(phone=phone, name="Ada Lovelace", fields={})
    reply = SendReply.to(world.app.ledger.identity, person, words, STAFF, request=request)
    world.execute(reply)
    return reply.delivery_id


def test_an_answer_is_sent_as_it_was_written(world, provider):
    world.inbound("When do you open?")
    write(world, "At {{nine}}, Ada: 100% sure.")
    world.send()
    assert [(text.to, text.body) for text in provider.sent] == [
        (ADA, "At {{nine}}, Ada: 100% sure.")
    ]


def test_it_stands_in_the_conversation_with_its_mark_and_no_campaign(world):
    world.inbound("When do you open?")
    delivery_id = write(world)
    world.send()
    world.callback(delivery_id)
    theirs, ours = world.conversation()
    assert (theirs.body, ours.body) == ("When do you open?", "We open at nine.")
    assert (ours.status, ours.campaign_id) == (MessageStatus.SENT, None)
    assert world.row(delivery_id).status is DeliveryStatus.DELIVERED


def test_answers_are_no_campaign_to_anybody(world):
    write(world)
    world.catch_up()
    assert world.app.status.campaigns() == []


def test_the_same_request_twice_is_one_answer(world, provider):
    assert write(world) == write(world)
    world.send()
    assert len(provider.sent) == 1


def test_two_answers_to_one_person_are_two_texts(world, provider):
    write(world, "One", "req_1")
    write(world, "Two", "req_2")
    world.send()
    assert sorted(text.body for text in provider.sent) == ["One", "Two"]
    assert [row.body for row in world.conversation()] == ["One", "Two"]


def test_an_opted_out_number_gets_no_reply(world):
    world.inbound("STOP")
    head = world.app.ledger.reader.head()
    with pytest.raises(Refused, match="opted out"):
        write(world)
    assert world.app.ledger.reader.head() == head


def test_an_answer_that_waits_is_withdrawn_by_a_stop(world, provider):
    delivery_id = write(world)
    world.inbound("STOP")
    assert world.send() == 0
    assert world.row(delivery_id).status is DeliveryStatus.FAILED


@pytest.mark.parametrize("words", ["", " \n", "a" * 1601])
def test_no_words_and_too_many_are_refused(world, words):
    with pytest.raises(BadInput):
        write(world, words)
    assert world.app.ledger.reader.head() == 0


def test_after_an_account_fault_the_next_answer_tries_again(world, provider, clock):
    provider.will_answer(ADA, refusal(20003, 401))
    write(world)
    world.send()
    clock.advance(hours=1)
    assert world.send() == 0
    write(world, request="req_2", phone=BEN)
    clock.advance(hours=1)
    assert world.send() == 2


@pytest.mark.both_databases
def test_answers_are_never_archived_by_themselves(world, clock):
    write(world)
    world.catch_up()
    clock.advance(days=4000)
    worklist = world.app.sending.worklist
    assert worklist.begun_before(clock.now() + timedelta(days=1)) == []


def test_a_rebuild_gives_the_same_answers(world):
    write(world)
    world.send()
    world.catch_up()
    assert list(world.app.views.differences()) == []


@pytest.mark.parametrize("act", ["close_campaign", "archive"])
def test_answers_cannot_be_ended_for_they_are_no_campaign(world, act):
    write(world)
    with pytest.raises(Refused, match="no campaign"):
        getattr(world, act)(world.app.ledger.identity.replies_campaign_id())
