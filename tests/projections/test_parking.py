"""An event that cannot be read: live views leave it aside and say so, a rebuild stops at it."""

from dataclasses import replace

import pytest

from kit.stories import (
    CAMPAIGN,
    DELIVERY,
    accepted,
    created,
    delivered,
    enrolled,
    failed,
    launched,
    of_ben,
    opted_out,
    started,
)
from kit.telling import all_projections
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import DeliveryStatus
from ledger.errors import LedgerDamaged
from ledger.store.rows import EventBatch
from projections.campaigns.resend_plan import Selection
from projections.engine.applier import KNOWN_TOPICS
from projections.engine.views import Views

LAUNCHED = (created(), enrolled(), of_ben(enrolled(2)), launched())
SENT = (*LAUNCHED, started(), accepted())


def stored(tell, event, *, state=None, topic=None, **columns):
    """The event as the ledger stores it, spoilt."""
    made = tell.ledger._mapper.to_stored_event(tell._numbered(event))
    return replace(
        made,
        state=made.state if state is None else state,
        topic=topic or made.topic,
        columns={**made.columns, **columns},
    )


def poison(tell, event, **spoilt):
    """Append it as another program might, and let the views read on; gives its seq."""
    (seq,) = tell.ledger.recorder.append(EventBatch(stored_events=[stored(tell, event, **spoilt)]))
    tell.views.catch_up()
    return seq


SPOILT = {
    "an unknown event": (delivered(), {"topic": "CallbackFramed"}),
    "an impossible stage": (delivered(), {"rank": (1 << 4) + 12}),
    "a rank without a turn": (delivered(), {"rank": 3}),
    "delivered within a turn": (delivered(), {"rank": (1 << 4) + 9}),
    "an unknown reason": (failed(), {"reason": "moonshine"}),
    "an opt-out in no known form": (opted_out(), {"state": b"\x00"}),
    "an opt-out without its source": (opted_out(), {"state": b'{"actor":"staff"}'}),
    "a sealed part that is none": (
        opted_out(),
        {"state": b'{"source":"staff","actor":"staff","private":"a"}'},
    ),
    "a sealed part that is no text": (
        opted_out(),
        {"state": b'{"source":"staff","actor":"staff","private":7}'},
    ),
}


@pytest.fixture(params=SPOILT.values(), ids=SPOILT)
def poisoned(tell, request):
    """A story with one event that cannot be read, and its seq."""
    event, spoilt = request.param
    tell(*SENT)
    return tell, poison(tell, event, **spoilt)


def test_live_views_park_it_and_go_on(poisoned):
    tell, seq = poisoned
    tell(of_ben(started()), of_ben(accepted(sid="SM2")), of_ben(delivered(sid="SM2")))
    assert [each.seq for each in tell.views.parked()] == [seq]
    assert tell.status.contact("del_ben").status is DeliveryStatus.DELIVERED
    assert tell.row.status is DeliveryStatus.PENDING


def test_a_rebuild_stops_and_names_it(poisoned):
    tell, seq = poisoned
    with pytest.raises(LedgerDamaged, match=f"#{seq} "):
        tell.views.rebuild()
    assert tell.row.status is DeliveryStatus.PENDING


def test_a_comparison_stops_and_names_it(poisoned):
    tell, seq = poisoned
    with pytest.raises(LedgerDamaged, match=f"#{seq} "):
        list(tell.views.differences())


def test_views_that_were_thrown_away_come_back_with_it_parked(poisoned):
    tell, seq = poisoned
    tell.views._reset()
    tell.views.catch_up()
    assert [each.seq for each in tell.views.parked()] == [seq]
    assert tell.row.status is DeliveryStatus.PENDING


def test_the_past_leaves_it_aside_as_well(poisoned):
    tell, seq = poisoned
    assert tell.status.as_of(seq).contacts(CAMPAIGN) == tell.status.contacts(CAMPAIGN)


def test_the_contact_is_marked_from_then_on(tell):
    tell(*SENT)
    seq = poison(tell, delivered(), topic="CallbackFramed")
    assert tell.row.has_unread_events
    assert not tell.status.contact("del_ben").has_unread_events
    assert not tell.status.as_of(seq - 1).contact(DELIVERY).has_unread_events


def test_an_enrolment_that_cannot_be_read_is_a_contact_without_a_name(tell):
    tell(created(), of_ben(enrolled(2)))
    poison(tell, enrolled(), state=b"\x00")
    row = tell(launched(), started(), accepted()).row
    assert (row.name, row.phone, row.stage) == ("", "", Stage.ACCEPTED)
    assert row.has_unread_events
    assert tell.campaign.counts.total == 2


def test_a_contact_whose_enrolment_cannot_be_read_is_not_taken_for_forgotten(tell):
    tell(created())
    poison(tell, enrolled(), state=b"\x00")
    tell(launched(), started(), accepted(), failed())
    plan = tell.status.resend_plan(CAMPAIGN, Selection(), include_unreachable=True)
    assert (plan.count, plan.left_out) == (1, {})


@pytest.mark.both_databases
def test_a_sealed_part_that_was_altered_is_parked(tell):
    tell(*SENT)
    state = stored(tell, opted_out()).state
    tell._versions["con_ada"] = 0
    altered = state.replace(state[-6:-2], b"AAAA")
    poison(tell, opted_out(), state=altered)
    assert [each.topic for each in tell.views.parked()] == ["ContactOptedOut"]


def test_what_was_parked_says_nothing_personal(tell):
    tell(*SENT)
    poison(tell, opted_out(), state=b'{"source":"+14155550101"}')
    (parked,) = tell.views.parked()
    assert (parked.topic, parked.why) == ("ContactOptedOut", "its content cannot be decoded")


def test_a_sound_ledger_has_nothing_parked(tell):
    assert tell(*SENT, delivered()).views.parked() == []


def test_a_program_that_knows_the_event_rebuilds(tell, monkeypatch):
    tell(*SENT)
    poison(tell, delivered(), topic="CallbackFramed")
    known_topics = KNOWN_TOPICS | {"CallbackFramed"}
    monkeypatch.setattr("projections.engine.applier.KNOWN_TOPICS", known_topics)
    newer = Views(tell.place, tell.ledger.reader, all_projections())
    newer.rebuild()
    assert (newer.parked(), tell.row.status) == ([], DeliveryStatus.DELIVERED)
