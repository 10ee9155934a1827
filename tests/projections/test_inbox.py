"""Which conversations need a reply, who looks after them, and what a search of them finds."""

import pytest

from kit.stories import (
    CAMPAIGN,
    CONTACT,
    assigned,
    created,
    enrolled,
    finished,
    forgotten,
    launched,
    of_ben,
    opted_out,
    started,
    wrote,
)
from projections.conversations.rows import InboxFilter, InboxScope

LAUNCHED = (created(), enrolled(), of_ben(enrolled(2)), launched())


def page(inbox, before=None, size=50, **scope):
    return inbox.page(InboxScope(**scope), before=before, size=size)


def contacts(inbox, **scope):
    return [row.contact_id for row in page(inbox, **scope).rows]


def needing(inbox, **scope):
    return [row.contact_id for row in page(inbox, **scope).rows if row.needs_reply]


@pytest.mark.both_databases
def test_a_conversation_with_a_text_needs_a_reply_and_comes_first(record):
    record(*LAUNCHED, wrote("Which office is it?"), of_ben(started()))
    first, second = page(record.conversations).rows
    assert (first.contact_id, first.needs_reply, second.needs_reply) == (CONTACT, True, False)
    assert (first.message.body, first.sent.body) == ("Which office is it?", "Hello Ada")
    assert second.sent == second.message


@pytest.mark.both_databases
@pytest.mark.parametrize("end", [finished(), opted_out(), forgotten()])
def test_what_ends_the_wait_ends_it_from_then_on(record, end):
    record(*LAUNCHED, wrote(), end)
    assert needing(record.conversations) == []
    assert needing(record.conversations.as_of(record.ledger.reader.head() - 1)) == [CONTACT]


def test_the_next_text_undoes_that_staff_are_done(record):
    record(wrote(), finished(), wrote(sid="SM2"))
    assert needing(record.conversations) == [CONTACT]


@pytest.mark.parametrize("wording", ["opt_out", "opt_in"])
def test_a_text_that_acts_at_once_needs_no_reply(record, wording):
    assert needing(record(*LAUNCHED, wrote(wording=wording)).conversations) == []


def test_a_text_of_an_opted_out_number_needs_no_reply(record):
    assert needing(record(*LAUNCHED, opted_out(), wrote()).conversations) == []


@pytest.mark.both_databases
def test_the_counts_name_the_oldest_text_without_a_reply(record):
    record(*LAUNCHED, wrote(), wrote(sid="SM2"), assigned("usr_ida"))
    counts = record.conversations.counts("usr_ida")
    assert (counts.needs_reply, counts.waiting_since_seq, counts.mine) == (1, 5, 1)
    assert record.conversations.counts("usr_other", campaign_id="cam_other").needs_reply == 0
    assert record.conversations.as_of(4).counts("usr_ida").needs_reply == 0


@pytest.mark.both_databases
def test_a_conversation_is_one_users_until_it_is_assigned_to_another(record):
    record(*LAUNCHED, assigned("usr_ida"))
    assert contacts(record.conversations, chosen=InboxFilter.MINE, user_id="usr_ida") == [CONTACT]
    record(assigned("usr_ben"))
    assert contacts(record.conversations, chosen=InboxFilter.MINE, user_id="usr_ida") == []
    assert record.conversations.correspondent(CONTACT).assignee == "usr_ben"
    before = record.conversations.as_of(5)
    assert contacts(before, chosen=InboxFilter.MINE, user_id="usr_ida") == [CONTACT]
    assert record(assigned(None)).conversations.correspondent(CONTACT).assignee is None


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("search", "found"),
    [("lovelace ADA", 1), ("0101", 1), ("OFFICE which", 1), ("office nowhere", 0), ("%", 0)],
)
def test_a_search_finds_names_numbers_and_words(record, search, found):
    record(*LAUNCHED, wrote("Which office is it?"))
    assert contacts(record.conversations, search=search) == [CONTACT] * found
    past = record.conversations.as_of(record.ledger.reader.head())
    assert contacts(past, search=search) == [CONTACT] * found


@pytest.mark.both_databases
def test_the_list_is_read_page_by_page_through_both_groups(record):
    record(*LAUNCHED, wrote())
    first = page(record.conversations, size=1)
    second = page(record.conversations, size=1, before=first.next_before)
    ids = [row.contact_id for each in (first, second) for row in each.rows]
    assert ids == [CONTACT, "con_ben"]
    assert second.next_before is None


def test_a_campaign_lists_its_own_contacts_with_its_own_message(record):
    record(*LAUNCHED, wrote())
    row = page(record.conversations, campaign_id=CAMPAIGN).rows[0]
    assert (row.needs_reply, row.sent.campaign_id) == (True, CAMPAIGN)
    assert needing(record.conversations, campaign_id="cam_other") == []
