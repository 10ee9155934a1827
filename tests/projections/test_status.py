"""Given events, then the rows and counts of the Contacts tab (R6–R17)."""

from datetime import timedelta

import pytest

from kit.clock import MONDAY
from kit.stories import (
    CAMPAIGN,
    DELIVERY,
    accepted,
    archived,
    bounced,
    closed,
    created,
    delivered,
    doubted,
    enrolled,
    failed,
    lapsed,
    launched,
    of_ben,
    opted_in,
    opted_out,
    paused,
    put_back,
    refused,
    reported,
    resend_requested,
    resumed,
    started,
    withdrawn,
)
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, MessageStatus, Reason
from ledger.errors import NotFound
from projections.campaigns.resend_plan import Selection
from projections.campaigns.rows import Counts
from webapp.explain.reasons import REASON_SENTENCES

PENDING, DELIVERED, FAILED = DeliveryStatus
SOON = MONDAY + timedelta(minutes=5)
LAUNCHED = (created(), enrolled(), launched())
SENT = (*LAUNCHED, started(), accepted())


@pytest.mark.parametrize(
    ("events", "status", "detail"),
    [
        ([], PENDING, "queued"),
        ([started()], PENDING, "sending"),
        ([started(), doubted()], PENDING, "asking Twilio whether it has the text"),
        ([started(), accepted()], PENDING, "with the carrier"),
        ([started(), put_back()], PENDING, "waiting for the next attempt"),
        ([started(), accepted(), bounced()], PENDING, "waiting for the next attempt"),
        ([started(), doubted(), lapsed()], PENDING, "waiting for the next attempt"),
        ([started(), accepted(), delivered()], DELIVERED, "delivered"),
        ([started(), accepted(), reported(Stage.READ)], DELIVERED, "read"),
        ([started(), accepted(), failed(), resend_requested()], PENDING, "queued"),
    ],
)
def test_each_story_reads_as_staff_should_see_it(record, events, status, detail):
    row = record(*LAUNCHED, *events).row
    assert (row.status, record.detail, row.failed_reason) == (status, detail, None)


@pytest.mark.parametrize(
    ("events", "reason", "code"),
    [
        ([started(), refused()], Reason.INVALID_NUMBER, "21211"),
        ([started(), accepted(), failed()], Reason.UNREACHABLE_NUMBER, "30006"),
        ([started(), accepted(), reported(Stage.FAILED_WITHOUT_CODE)], Reason.UNKNOWN, None),
        ([withdrawn()], Reason.OPTED_OUT, None),
    ],
)
def test_r17_a_failed_contact_has_its_reason_and_code(record, events, reason, code):
    row = record(*LAUNCHED, *events).row
    assert (row.status, row.failed_reason, row.error_code) == (FAILED, reason, code)


def test_r17_the_detail_of_a_failed_contact_is_a_plain_sentence(record):
    assert record(*LAUNCHED, withdrawn()).detail == REASON_SENTENCES[Reason.OPTED_OUT]


def test_r17_a_code_of_the_table_has_its_own_sentence(record):
    assert "landline" in record(*SENT, failed()).detail


def test_r17_an_unknown_code_is_shown(record):
    record(*SENT, reported(Stage.HARD_FAILURE, code="99999", reason=Reason.UNKNOWN))
    assert record.detail.endswith("Twilio's code 99999 is not in our table.")


def test_r11_a_contact_given_up_at_its_limit_says_after_how_many_attempts(record):
    limit = reported(Stage.HARD_FAILURE, code="30003", reason=Reason.UNREACHABLE_NUMBER)
    assert record(*SENT, limit).detail.startswith("Given up after 1 attempt. The last time: ")


def test_an_event_not_known_to_mean_anything_changes_no_status(record):
    assert record(*SENT, reported(None)).row.status is PENDING


@pytest.mark.parametrize(
    ("events", "mark"),
    [
        ([], None),
        ([started()], MessageStatus.PENDING),
        ([started(), accepted()], MessageStatus.SENT),
        ([started(), accepted(), failed()], MessageStatus.UNDELIVERED),
    ],
)
def test_the_contacts_tab_knows_the_mark_of_the_message(record, events, mark):
    assert record(*LAUNCHED, *events).row.message_status is mark


def test_attempts_put_back_are_not_shown(record):
    assert record(*LAUNCHED, started(), put_back(), started(2), accepted(2)).row.attempts == 1


# The next attempt.


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("events", "at"),
    [
        ([], None),
        ([started(), put_back(next_at=SOON)], SOON),
        ([started(), lapsed(next_at=SOON)], SOON),
        ([started(), put_back(next_at=SOON), started(2)], None),
        ([started(), put_back(next_at=SOON), withdrawn(1)], None),
        ([started(), put_back(next_at=SOON), paused()], None),
        ([started(), put_back(next_at=SOON), closed()], None),
        ([started(), put_back(next_at=SOON), archived()], None),
        ([started(), put_back(next_at=SOON), paused(), resumed()], SOON),
        ([started(), put_back(next_at=SOON), opted_out()], None),
    ],
)
def test_r7_the_next_attempt_is_shown_only_where_there_will_be_one(record, events, at):
    assert record(*LAUNCHED, *events).row.next_attempt_at == at


# Conflict.


@pytest.mark.both_databases
def test_good_and_bad_news_of_one_attempt_are_flagged(record):
    row = record(*SENT, delivered(), failed()).row
    assert (row.status, row.is_conflict) == (DELIVERED, True)


@pytest.mark.both_databases
def test_a_bounce_and_a_delivery_of_the_next_attempt_are_no_conflict(record):
    row = record(*SENT, bounced(), started(2), accepted(2), delivered(2)).row
    assert (row.status, row.is_conflict) == (DELIVERED, False)


# Archive.


@pytest.mark.both_databases
def test_r14_after_archive_no_status_moves(record):
    row = record(*SENT, archived(), delivered()).row
    assert (row.status, row.after_archive) == (PENDING, DELIVERED)
    assert (row.message_status, row.campaign_state) == (MessageStatus.SENT, CampaignState.ARCHIVED)


@pytest.mark.both_databases
def test_r15_what_came_after_archive_is_shown_beside_only_where_it_differs(record):
    assert record(*SENT, delivered(), archived(), reported(Stage.READ)).row.after_archive is None


def test_r15_a_failure_after_archive_is_shown_beside_and_gives_no_reason(record):
    row = record(*SENT, archived(), failed()).row
    assert (row.status, row.after_archive) == (PENDING, FAILED)
    assert (row.failed_reason, row.error_code) == (None, None)


@pytest.mark.both_databases
def test_r14_counts_conflicts_and_attempts_do_not_move_after_archive(record):
    record(*SENT, delivered(), archived(), failed(), started(2))
    assert record.campaign.counts == Counts(total=1, delivered=1, pending=0, failed=0)
    assert (record.row.is_conflict, record.row.attempts) == (False, 1)


@pytest.mark.both_databases
def test_r15_good_and_bad_news_after_archive_show_the_greatest_beside(record):
    assert record(*SENT, archived(), failed(), delivered()).row.after_archive is DELIVERED


# Counts.


@pytest.mark.both_databases
def test_the_counts_are_those_of_the_rows(record):
    record(created(), enrolled(), of_ben(enrolled(2)), launched(), started(), accepted(), failed())
    assert record.campaign.counts == Counts(total=2, delivered=0, pending=1, failed=1)


@pytest.mark.both_databases
def test_a_contact_that_moves_is_counted_once(record):
    record(*SENT, failed(), resend_requested(), started(2), accepted(2), delivered(2))
    assert record.campaign.counts == Counts(total=1, delivered=1, pending=0, failed=0)


def test_r13_a_campaign_is_complete_when_nobody_is_pending(record):
    assert not record(*SENT).campaign.is_complete
    assert record(delivered()).campaign.is_complete


# Campaigns.


@pytest.mark.parametrize("events", [[created()], [created(), enrolled()]])
def test_a_campaign_is_not_there_before_it_is_launched(record, events):
    record(*events)
    assert record.status.campaigns() == []
    with pytest.raises(NotFound):
        record.status.campaign(CAMPAIGN)


def test_its_contacts_are_not_there_either(record):
    record(created(), enrolled())
    assert record.status.contacts(CAMPAIGN) == []
    with pytest.raises(NotFound):
        record.status.contact(DELIVERY)


@pytest.mark.both_databases
def test_a_swept_launch_leaves_no_row(record):
    record(created(), enrolled(), closed())
    assert record.status.campaigns() == []
    assert record.status.contacts(CAMPAIGN) == []


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], CampaignState.SENDING),
        ([paused()], CampaignState.PAUSED),
        ([paused(), resumed()], CampaignState.SENDING),
        ([closed()], CampaignState.CLOSED),
        ([archived()], CampaignState.ARCHIVED),
    ],
)
def test_a_campaign_has_its_name_state_and_launch(record, events, state):
    row = record(*LAUNCHED, *events).campaign
    assert (row.name, row.state, row.launched_at) == ("Spring fair", state, MONDAY)


def test_r19_a_pause_for_our_account_says_why(record):
    reason = record(*LAUNCHED, paused(Reason.ACCOUNT, "20003")).state_reason
    assert reason == (
        "Twilio account (code 20003): The text was not sent because our texting account login was "
        "refused; our technical team has to fix it."
    )


@pytest.mark.parametrize("events", [[paused()], [paused(Reason.ACCOUNT, "20003"), resumed()]])
def test_a_pause_by_staff_or_one_that_is_over_gives_no_reason(record, events):
    assert record(*LAUNCHED, *events).state_reason is None


def test_an_opt_out_is_shown_until_the_contact_opts_in(record):
    assert record(*LAUNCHED, opted_out()).row.is_opted_out
    assert not record(opted_in()).row.is_opted_out


# Looking for contacts.


@pytest.fixture
def two(record):
    """Ada sent, Ben failed."""
    ben = [of_ben(enrolled(2)), of_ben(started()), of_ben(refused())]
    return record(created(), enrolled(), launched(), started(), accepted(sid="SMada"), *ben).status


def names(rows):
    return [row.name for row in rows]


FOUND = {
    "ada": ["Ada Lovelace"],
    "OKRI": ["Ben Okri"],
    "555-0102": ["Ben Okri"],
    "+1 415 555": ["Ada Lovelace", "Ben Okri"],
    "SMada": ["Ada Lovelace"],
    "  ": ["Ada Lovelace", "Ben Okri"],
    "%": [],
    "_": [],
    "nobody": [],
}


@pytest.mark.both_databases
def test_contacts_are_found_by_name_number_and_sid(two):
    assert {text: names(two.contacts(CAMPAIGN, search=text)) for text in FOUND} == FOUND


@pytest.mark.both_databases
def test_contacts_are_filtered_by_status(two):
    found = {status: names(two.contacts(CAMPAIGN, status=status)) for status in DeliveryStatus}
    assert found == {PENDING: ["Ada Lovelace"], FAILED: ["Ben Okri"], DELIVERED: []}


def test_a_resend_looks_at_what_failed(two):
    assert two.selected(CAMPAIGN, Selection()) == ["del_ben"]


@pytest.mark.both_databases
def test_what_is_at_twilio_is_in_flight(two):
    assert two.in_flight(CAMPAIGN) == 1


def test_a_contact_is_found_in_each_of_its_campaigns(two):
    assert names(two.deliveries_to("con_ada")) == ["Ada Lovelace"]


@pytest.mark.both_databases
def test_pages_go_forth_and_back_over_everybody_once(world):
    campaign_id = world.launch([f"+141555599{number:02}" for number in range(7)])
    world.catch_up()
    page = world.app.status.page

    first = page(campaign_id, size=3)
    second = page(campaign_id, size=3, after=first.next_after)
    third = page(campaign_id, size=3, after=second.next_after)
    back = page(campaign_id, size=3, before=third.previous_before)

    stretches = [[row.position for row in one.rows] for one in (first, second, third, back)]
    assert stretches == [[1, 2, 3], [4, 5, 6], [7], [4, 5, 6]]
    assert (first.previous_before, third.next_after) == (None, None)
