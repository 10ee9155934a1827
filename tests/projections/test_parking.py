"""An event that cannot be read: live views park it, a rebuild stops at it."""

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
    """Return the event as the ledger stores it, with some values replaced."""
    sound = tell.ledger._mapper.to_stored_event(tell._numbered(event))
    return replace(
        sound,
        state=sound.state if state is None else state,
        topic=topic or sound.topic,
        columns={**sound.columns, **columns},
    )


def append_replaced(tell, event, **replaced):
    """Append an event with replaced values, catch up, and return its seq."""
    (seq,) = tell.ledger.recorder.append(
        EventBatch(stored_events=[stored(tell, event, **replaced)])
    )
    tell.views.catch_up()
    return seq


UNREADABLE = {
    "an unknown event": (delivered(), {"topic": "CallbackFramed"}),
    "an impossible stage": (delivered(), {"rank": (1 << 4) + 12}),
    "a rank without a turn": (delivered(), {"rank": 3}),
    "delivered within a turn": (delivered(), {"rank": (1 << 4) + 9}),
    "an unknown reason": (failed(), {"reason": "moonshine"}),
    "an opt-out in no known form": (opted_out(), {"state": b"\x00"}),
    "an opt-out without its source": (opted_out(), {"state": b'{"actor":"staff"}'}),
    "a sealed part that is not sealed": (
        opted_out(),
        {"state": b'{"source":"staff","actor":"staff","private":"a"}'},
    ),
    "a sealed part that is no text": (
        opted_out(),
        {"state": b'{"source":"staff","actor":"staff","private":7}'},
    ),
}


@pytest.fixture(params=UNREADABLE.values(), ids=UNREADABLE)
def unreadable(tell, request):
    """A story with an event that cannot be read, and its seq."""
    event, replaced = request.param
    tell(*SENT)
    return tell, append_replaced(tell, event, **replaced)


def test_live_views_park_the_event_and_continue(unreadable):
    tell, seq = unreadable
    tell(of_ben(started()), of_ben(accepted(sid="SM2")), of_ben(delivered(sid="SM2")))
    assert [event.seq for event in tell.views.parked()] == [seq]
    assert tell.status.contact("del_ben").status is DeliveryStatus.DELIVERED
    assert tell.row.status is DeliveryStatus.PENDING


def test_a_rebuild_stops_and_names_the_event(unreadable):
    tell, seq = unreadable
    with pytest.raises(LedgerDamaged, match=f"#{seq} "):
        tell.views.rebuild()
    assert tell.row.status is DeliveryStatus.PENDING


def test_a_comparison_stops_and_names_the_event(unreadable):
    tell, seq = unreadable
    with pytest.raises(LedgerDamaged, match=f"#{seq} "):
        list(tell.views.differences())


def test_emptied_views_park_the_event_again(unreadable):
    tell, seq = unreadable
    tell.views._reset()
    tell.views.catch_up()
    assert [event.seq for event in tell.views.parked()] == [seq]
    assert tell.row.status is DeliveryStatus.PENDING


def test_queries_of_the_past_skip_the_event_too(unreadable):
    tell, seq = unreadable
    assert tell.status.as_of(seq).contacts(CAMPAIGN) == tell.status.contacts(CAMPAIGN)


def test_the_contact_is_marked_from_then_on(tell):
    tell(*SENT)
    seq = append_replaced(tell, delivered(), topic="CallbackFramed")
    assert tell.row.has_unread_events
    assert not tell.status.contact("del_ben").has_unread_events
    assert not tell.status.as_of(seq - 1).contact(DELIVERY).has_unread_events


def test_an_enrolment_that_cannot_be_read_is_a_contact_without_a_name(tell):
    tell(created(), of_ben(enrolled(2)))
    append_replaced(tell, enrolled(), state=b"\x00")
    row = tell(launched(), started(), accepted()).row
    assert (row.name, row.phone, row.stage) == ("", "", Stage.ACCEPTED)
    assert row.has_unread_events
    assert tell.campaign.counts.total == 2


def test_a_contact_whose_enrolment_cannot_be_read_does_not_count_as_forgotten(tell):
    tell(created())
    append_replaced(tell, enrolled(), state=b"\x00")
    tell(launched(), started(), accepted(), failed())
    plan = tell.status.resend_plan(CAMPAIGN, Selection(), include_unreachable=True)
    assert (plan.count, plan.left_out) == (1, {})


@pytest.mark.both_databases
def test_a_sealed_part_that_was_altered_is_parked(tell):
    tell(*SENT)
    state = stored(tell, opted_out()).state
    tell._versions["con_ada"] = 0
    altered = state.replace(state[-6:-2], b"AAAA")
    append_replaced(tell, opted_out(), state=altered)
    assert [event.topic for event in tell.views.parked()] == ["ContactOptedOut"]


def test_a_parked_event_holds_no_personal_data(tell):
    tell(*SENT)
    append_replaced(tell, opted_out(), state=b'{"source":"+14155550101"}')
    (parked,) = tell.views.parked()
    assert (parked.topic, parked.why) == ("ContactOptedOut", "its content cannot be decoded")


def test_a_sound_ledger_has_nothing_parked(tell):
    assert tell(*SENT, delivered()).views.parked() == []


def test_a_program_that_knows_the_event_rebuilds(tell, monkeypatch):
    tell(*SENT)
    append_replaced(tell, delivered(), topic="CallbackFramed")
    known_topics = KNOWN_TOPICS | {"CallbackFramed"}
    monkeypatch.setattr("projections.engine.applier.KNOWN_TOPICS", known_topics)
    newer = Views(tell.view_store, tell.ledger.reader, all_projections())
    newer.rebuild()
    assert (newer.parked(), tell.row.status) == ([], DeliveryStatus.DELIVERED)
