"""Given events, then the marks and messages of the conversation view (R1–R5)."""

import pytest

from kit.stories import (
    ADA,
    BEN,
    CAMPAIGN,
    CONTACT,
    accepted,
    archived,
    bounced,
    closed,
    created,
    delivered,
    doubted,
    enrolled,
    failed,
    launched,
    of_ben,
    put_back,
    reported,
    resend_requested,
    started,
    withdrawn,
    wrote,
)
from ledger.domain.error_codes import load_codes
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import MessageStatus
from webapp.explain.reasons import undelivered_sentence

LAUNCHED = (created(), enrolled(), launched())
SENT = (*LAUNCHED, started(), accepted())
PENDING, ACCEPTED, UNDELIVERED = MessageStatus


def messages(record):
    return record.conversations.conversation(CONTACT)


def reason_of(record):
    """Why the only message did not arrive, as its mark says."""
    return undelivered_sentence(messages(record)[0].standing, load_codes())


def panel(record, **options):
    return record.conversations.conversations(size=50, **options).rows


@pytest.mark.parametrize(
    ("events", "mark"),
    [
        ([], None),
        ([started()], PENDING),
        ([started(), doubted()], PENDING),
        ([started(), put_back()], PENDING),
        ([started(), accepted()], ACCEPTED),
        ([started(), accepted(), delivered()], ACCEPTED),
        ([started(), accepted(), reported(Stage.READ)], ACCEPTED),
        ([started(), accepted(), bounced()], UNDELIVERED),
        ([started(), accepted(), failed()], UNDELIVERED),
        ([started(), accepted(), reported(Stage.FAILED_WITHOUT_CODE)], UNDELIVERED),
        ([withdrawn()], None),
        ([started(), accepted(), bounced(), withdrawn()], UNDELIVERED),
        ([started(), accepted(), bounced(), started(2)], PENDING),
    ],
)
def test_r3_r4_r5_a_message_bears_its_mark_in_both_panels(record, events, mark):
    record(*LAUNCHED, *events)
    assert messages(record)[0].status is mark
    assert panel(record)[0].message.status is mark


def test_r2_one_bubble_is_one_delivery_however_many_attempts_it_took(record):
    record(*SENT, bounced(), started(2), accepted(2))
    (message,) = messages(record)
    assert message.attempts == 2


def test_r5_an_undelivered_message_gives_its_reason(record):
    reason = reason_of(record(*SENT, failed()))
    assert "(30006)" in reason
    assert "landline" in reason


def test_r5_a_failure_without_a_code_gives_a_reason_too(record):
    record(*SENT, reported(Stage.FAILED_WITHOUT_CODE))
    assert reason_of(record).startswith("Unknown reason. ")


@pytest.mark.parametrize("events", [[], [delivered()]])
def test_a_message_that_is_not_undelivered_gives_none(record, events):
    assert reason_of(record(*SENT, *events)) is None


def test_a_message_has_the_contacts_own_merge_fields(record):
    message = messages(record(*SENT))[0]
    assert (message.body, message.campaign_name) == ("Hello Ada", "Spring fair")


def test_a_text_that_came_in_has_its_words_and_no_mark(record):
    (message,) = messages(record(wrote("Who is this?")))
    assert (message.body, message.is_inbound, message.status) == ("Who is this?", True, None)


def test_a_conversation_starts_with_the_oldest_message(record, clock):
    record(*SENT)
    clock.advance(minutes=1)
    record(wrote("Thanks"))
    assert [message.body for message in messages(record)] == ["Hello Ada", "Thanks"]


@pytest.mark.both_databases
def test_the_panel_shows_the_latest_message(record, clock):
    record(*SENT)
    clock.advance(minutes=1)
    record(wrote("Thanks"))
    (line,) = panel(record)
    assert (line.name, line.phone, line.message.body) == ("Ada Lovelace", ADA, "Thanks")
    assert line.last_seq == record.ledger.reader.head()


@pytest.mark.both_databases
def test_the_panel_shows_the_latest_conversation_first(record, clock):
    record(*LAUNCHED, of_ben(enrolled(2)))
    clock.advance(minutes=1)
    record(of_ben(started()))
    assert [line.phone for line in panel(record)] == [BEN, ADA]


def test_the_panel_of_a_campaign_shows_its_own_message(record, clock):
    record(*SENT)
    clock.advance(minutes=1)
    record(wrote("Thanks"))
    assert [line.message.body for line in panel(record, campaign_id=CAMPAIGN)] == ["Hello Ada"]


def test_the_panel_of_another_campaign_is_empty(record):
    assert panel(record(*SENT), campaign_id="cam_other") == []


@pytest.mark.both_databases
def test_the_panel_is_read_page_by_page(record, clock):
    record(*LAUNCHED, of_ben(enrolled(2)))
    clock.advance(minutes=1)
    record(of_ben(started()))
    first = record.conversations.conversations(size=1)
    second = record.conversations.conversations(size=1, before=first.next_before)
    assert [line.phone for page in (first, second) for line in page.rows] == [BEN, ADA]
    assert second.next_before is None


@pytest.mark.parametrize("events", [[], [closed()]])
def test_a_launch_that_never_ended_shows_no_message(record, events):
    record(created(), enrolled(), *events)
    assert messages(record) == []
    assert panel(record) == []


def test_r14_after_archive_no_mark_moves(record):
    assert messages(record(*SENT, archived(), failed()))[0].status is ACCEPTED


def test_a_resent_message_is_still_undelivered_until_it_is_sent_again(record):
    record(*SENT, failed(), resend_requested())
    assert messages(record)[0].status is UNDELIVERED
    assert messages(record(started(2)))[0].status is PENDING


def test_a_correspondent_is_known_by_number_and_name(record):
    known = record(*LAUNCHED).conversations.correspondent(CONTACT)
    assert (known.phone, known.name, known.forgotten_at) == (ADA, "Ada Lovelace", None)
    assert record.conversations.correspondent("con_nobody") is None
