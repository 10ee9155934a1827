"""The past is asked of the same query, cut at its seq: nothing about it is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kit.clock import MONDAY
from kit.ledger_commands import AppendEvents
from kit.stories import (
    CAMPAIGN,
    CONTACT,
    DELIVERY,
    accepted,
    archived,
    bounced,
    closed,
    created,
    delivered,
    dismissed,
    doubted,
    enrolled,
    failed,
    launched,
    of_ben,
    opted_in,
    opted_out,
    paused,
    put_before_staff,
    resend_requested,
    resumed,
    settled,
    started,
    wrote,
)
from kit.world import ADA, BEN
from ledger.domain.events.contacts import POSSIBLE_OPT_OUT
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from ledger.errors import NotFound
from projections.campaigns.rows import Counts
from projections.conversations.inbox import Inbox
from projections.opt_outs import OptOutQueries
from projections.possible_opt_outs import PossibleOptOutQueries

PENDING, DELIVERED, FAILED = DeliveryStatus
STORY = (
    created(),
    enrolled(),
    of_ben(enrolled(2)),
    launched(),
    started(),
    accepted(),
    bounced(),
    opted_out(),
    paused(Reason.ACCOUNT, "20003"),
    of_ben(started()),
    of_ben(accepted(sid="SM2")),
    resumed(),
    opted_in(),
    of_ben(failed()),
    of_ben(resend_requested()),
    delivered(),
    failed(code="30005"),
    closed(),
    archived(),
    of_ben(started(2)),
    of_ben(delivered(2, sid="SM3")),
)


def reads(status):
    """All that can be asked of the status of the story's campaign."""
    return (
        status.campaigns(),
        status.contacts(CAMPAIGN),
        [status.contacts(CAMPAIGN, status=each) for each in DeliveryStatus],
        status.page(CAMPAIGN, size=1),
        status.page(CAMPAIGN, size=1, status=PENDING),
        status.page(CAMPAIGN, before=2, size=50),
        status.contacts(CAMPAIGN, search="okri"),
        status.contacts(CAMPAIGN, search="SM2"),
        status.deliveries_to(CONTACT),
    )


@pytest.mark.both_databases
def test_every_read_shows_at_every_seq_what_it_showed_then(record, clock):
    seen = []
    for event in STORY:
        clock.advance(seconds=1)
        record(event)
        seen.append(reads(record.status))
    for seq, then in enumerate(seen, start=1):
        assert reads(record.status.as_of(seq)) == then, f"as of #{seq}"


TALK = (
    created(),
    enrolled(),
    of_ben(enrolled(2)),
    wrote("Hello?"),
    launched(),
    started(),
    doubted(),
    put_before_staff(),
    of_ben(started()),
    wrote("Hm, please no more of these", sid="SMa", wording=POSSIBLE_OPT_OUT),
    of_ben(accepted(sid="SM2")),
    dismissed("SMa"),
    settled(),
    opted_out(),
    opted_in(),
    wrote("Enough now", sid="SMb", wording=POSSIBLE_OPT_OUT),
    opted_out("text"),
    of_ben(bounced()),
    archived(),
    of_ben(delivered(sid="SM2")),
    wrote("Thanks", sid="SMc"),
)


def talk(record, seq=None):
    """All that can be asked of conversations, open decisions and opt-outs; at a seq, or now."""
    engine = record.view_store.engine
    queries = (
        Inbox(engine),
        record.status,
        OptOutQueries(engine),
        PossibleOptOutQueries(engine, "UTC"),
    )
    if seq is not None:
        queries = [each.as_of(seq) for each in queries]
    conversations, status, opt_outs, possible_opt_outs = queries
    return (
        conversations.conversations(size=50),
        conversations.conversations(size=1),
        conversations.conversations(campaign_id=CAMPAIGN, size=50),
        conversations.thread(CONTACT, size=2),
        conversations.correspondent(CONTACT),
        status.undecided(),
        status.undecided(CAMPAIGN),
        opt_outs.page(size=50),
        opt_outs.count(),
        possible_opt_outs.waiting(),
        possible_opt_outs.of_contacts([CONTACT]),
        possible_opt_outs.count(),
    )


@pytest.mark.both_databases
def test_conversations_decisions_and_opt_outs_show_at_every_seq_what_they_showed_then(
    record, clock
):
    seen = []
    for event in TALK:
        clock.advance(seconds=1)
        record(event)
        seen.append(talk(record))
    for seq, then in enumerate(seen, start=1):
        assert talk(record, seq) == then, f"as of #{seq}"


@pytest.fixture
def past(record):
    return record(*STORY).status


def seq_after(event):
    return STORY.index(event) + 1


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (launched(), Counts(total=2, delivered=0, pending=2, failed=0)),
        (of_ben(failed()), Counts(total=2, delivered=0, pending=1, failed=1)),
        (archived(), Counts(total=2, delivered=1, pending=1, failed=0)),
        (STORY[-1], Counts(total=2, delivered=1, pending=1, failed=0)),
    ],
)
def test_a_campaign_has_the_counts_of_then(past, event, counts):
    assert past.as_of(seq_after(event)).campaign(CAMPAIGN).counts == counts


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (launched(), CampaignState.SENDING),
        (STORY[8], CampaignState.PAUSED),
        (resumed(), CampaignState.SENDING),
        (closed(), CampaignState.CLOSED),
        (archived(), CampaignState.ARCHIVED),
    ],
)
def test_a_campaign_has_the_state_of_then(past, event, state):
    assert past.as_of(seq_after(event)).campaign(CAMPAIGN).state is state


def test_an_opt_out_shows_from_its_moment_until_the_opt_in(past):
    out = [
        past.as_of(seq_after(event)).contact(DELIVERY).is_opted_out
        for event in (bounced(), opted_out(), resumed(), opted_in())
    ]
    assert out == [False, True, True, False]


@pytest.mark.both_databases
def test_before_its_launch_a_campaign_was_not_there(past):
    before = past.as_of(seq_after(launched()) - 1)
    assert before.campaigns() == []
    assert before.contacts(CAMPAIGN) == []
    with pytest.raises(NotFound, match="at #3"):
        before.campaign(CAMPAIGN)
    with pytest.raises(NotFound, match="at #3"):
        before.contact(DELIVERY)


@pytest.mark.both_databases
def test_pages_of_the_past_go_forth_and_back_over_everybody_once(world):
    campaign_id = world.launch([f"+141555599{number:02}" for number in range(7)])
    then = world.app.ledger.reader.head()
    world.send()
    world.catch_up()
    page = world.app.status.as_of(then).page
    first = page(campaign_id, size=3)
    second = page(campaign_id, size=3, after=first.next_after)
    back = page(campaign_id, size=3, before=second.previous_before, status=PENDING)
    assert [[row.position for row in one.rows] for one in (first, second, back)] == [
        [1, 2, 3],
        [4, 5, 6],
        [1, 2, 3],
    ]
    assert {row.stage for row in first.rows} == {Stage.ENROLLED}


# A time is the last event not after it.


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("moment", "seq"),
    [
        (MONDAY - timedelta(microseconds=1), 0),
        (MONDAY, 2),
        (MONDAY + timedelta(seconds=59), 2),
        (MONDAY + timedelta(minutes=1), 3),
        (MONDAY + timedelta(days=1), 3),
    ],
)
def test_a_moment_is_the_last_event_not_after_it(ledger, clock, moment, seq):
    ledger.execute(AppendEvents([of_version(created(), 1), of_version(launched(), 2)])).result()
    clock.advance(minutes=1)
    ledger.execute(AppendEvents([of_version(paused(), 3)])).result()
    assert ledger.reader.seq_at(moment) == seq


def of_version(event, version):
    return replace(event, originator_version=version)


def test_an_empty_ledger_has_no_moment(ledger):
    assert ledger.reader.seq_at(MONDAY) == 0


def test_what_staff_did_later_does_not_show(world):
    campaign_id = world.launch([ADA, BEN])
    then = world.app.ledger.reader.head()
    before = world.rows(campaign_id)
    world.send()
    world.callback(world.delivery(campaign_id))
    world.opt_out(BEN)
    world.archive(campaign_id)
    world.catch_up()
    assert world.app.status.as_of(then).contacts(campaign_id) == before
