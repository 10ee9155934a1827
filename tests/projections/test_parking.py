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
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import DeliveryStatus
from ledger.errors import LedgerDamaged
from ledger.store.rows import EventBatch
from projections.campaigns.resend_plan import Selection
from projections.engine.applier import KNOWN_TOPICS
from projections.engine.views import Views
from webapp.all_projections import all_projections

LAUNCHED = (created(), enrolled(), of_ben(enrolled(2)), launched())
SENT = (*LAUNCHED, started(), accepted())


def stored(record, event, *, state=None, topic=None, **columns):
    """Return the event as the ledger stores it, with some values replaced."""
    sound = record.ledger._mapper.to_stored_event(record._numbered(event))
    return replace(
        sound,
        state=sound.state if state is None else state,
        topic=topic or sound.topic,
        columns={**sound.columns, **columns},
    )


def append_replaced(record, event, **replaced):
    """Append an event with replaced values, catch up, and return its seq."""
    (seq,) = record.ledger.recorder.append(
        EventBatch(stored_events=[stored(record, event, **replaced)])
    )
    record.views.catch_up()
    return seq


UNREADABLE = {
    "an unknown event": (delivered(), {"topic": "CallbackFramed"}),
    "an impossible stage": (delivered(), {"rank": (1 << 4) + 12}),
    "a rank without a turn": (delivered(), {"rank": 3}),
    "delivered within a turn": (delivered(), {"rank": (1 << 4) + 9}),
    "a time after the last year": (delivered(), {"next_at": 1 << 62}),
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
def unreadable(record, request):
    """A story with an event that cannot be read, and its seq."""
    event, replaced = request.param
    record(*SENT)
    return record, append_replaced(record, event, **replaced)


def test_live_views_park_the_event_and_continue(unreadable):
    record, seq = unreadable
    record(of_ben(started()), of_ben(accepted(sid="SM2")), of_ben(delivered(sid="SM2")))
    assert [event.seq for event in record.views.parked()] == [seq]
    assert record.status.contact("del_ben").status is DeliveryStatus.DELIVERED
    assert record.row.status is DeliveryStatus.PENDING


def test_a_rebuild_stops_and_names_the_event(unreadable):
    record, seq = unreadable
    with pytest.raises(LedgerDamaged, match=f"#{seq} "):
        record.views.rebuild()
    assert record.row.status is DeliveryStatus.PENDING


def test_a_comparison_stops_and_names_the_event(unreadable):
    record, seq = unreadable
    with pytest.raises(LedgerDamaged, match=f"#{seq} "):
        list(record.views.differences())


def test_emptied_views_park_the_event_again(unreadable):
    record, seq = unreadable
    record.views._reset()
    record.views.catch_up()
    assert [event.seq for event in record.views.parked()] == [seq]
    assert record.row.status is DeliveryStatus.PENDING


def test_queries_of_the_past_skip_the_event_too(unreadable):
    record, seq = unreadable
    assert record.status.as_of(seq).contacts(CAMPAIGN) == record.status.contacts(CAMPAIGN)


def test_the_contact_is_marked_from_then_on(record):
    record(*SENT)
    seq = append_replaced(record, delivered(), topic="CallbackFramed")
    assert record.row.has_unread_events
    assert not record.status.contact("del_ben").has_unread_events
    assert not record.status.as_of(seq - 1).contact(DELIVERY).has_unread_events


def test_an_enrolment_that_cannot_be_read_is_a_contact_without_a_name(record):
    record(created(), of_ben(enrolled(2)))
    append_replaced(record, enrolled(), state=b"\x00")
    row = record(launched(), started(), accepted()).row
    assert (row.name, row.phone, row.stage) == ("", "", Stage.ACCEPTED)
    assert row.has_unread_events
    assert record.campaign.counts.total == 2


def test_a_contact_whose_enrolment_cannot_be_read_does_not_count_as_forgotten(record):
    record(created())
    append_replaced(record, enrolled(), state=b"\x00")
    record(launched(), started(), accepted(), failed())
    plan = record.status.resend_plan(CAMPAIGN, Selection(), include_unreachable=True)
    assert (plan.count, plan.left_out) == (1, {})


@pytest.mark.both_databases
def test_a_sealed_part_that_was_altered_is_parked(record):
    record(*SENT)
    state = stored(record, opted_out()).state
    record._versions["con_ada"] = 0
    altered = state.replace(state[-6:-2], b"AAAA")
    append_replaced(record, opted_out(), state=altered)
    assert [event.topic for event in record.views.parked()] == ["ContactOptedOut"]


def test_a_parked_event_holds_no_personal_data(record):
    record(*SENT)
    append_replaced(record, opted_out(), state=b'{"source":"+14155550101"}')
    (parked,) = record.views.parked()
    assert (parked.topic, parked.why) == ("ContactOptedOut", "its content cannot be decoded")


def test_a_sound_ledger_has_nothing_parked(record):
    assert record(*SENT, delivered()).views.parked() == []


def test_a_program_that_knows_the_event_rebuilds(record, monkeypatch):
    record(*SENT)
    append_replaced(record, delivered(), topic="CallbackFramed")
    known_topics = KNOWN_TOPICS | {"CallbackFramed"}
    monkeypatch.setattr("projections.engine.applier.KNOWN_TOPICS", known_topics)
    newer = Views(record.view_store, record.ledger.reader, all_projections)
    newer.rebuild()
    assert (newer.parked(), record.row.status) == ([], DeliveryStatus.DELIVERED)


@pytest.mark.both_databases
def test_an_event_that_cannot_be_applied_is_parked_and_the_others_are_applied(record):
    record(*SENT)
    seq = append_replaced(record, enrolled())  # a second time, which no command does
    record(delivered())
    (parked,) = record.views.parked()
    assert (parked.seq, parked.why) == (seq, "it cannot be applied to the views")
    assert record.row.status is DeliveryStatus.DELIVERED
    assert record.row.has_unread_events
    assert record.views.refills == 1
    with pytest.raises(LedgerDamaged, match=f"#{seq} .*cannot be applied"):
        record.views.rebuild()


def test_the_next_event_that_cannot_be_applied_costs_no_rebuild(record):
    record(*SENT)
    seqs = [append_replaced(record, enrolled()) for _ in range(3)]
    record(delivered())
    assert [parked.seq for parked in record.views.parked()] == seqs
    assert record.row.status is DeliveryStatus.DELIVERED
    assert record.views.refills == 1
    assert list(record.views.repair()) == []


@pytest.mark.parametrize(
    "replaced",
    [{"contact_id": b"\xff"}, {"rank": "soon"}, {"turn": b"1"}, {"code": b"30006"}],
)
def test_an_event_with_a_value_of_another_type_is_parked(record, replaced):
    record(*SENT)
    seq = append_replaced(record, delivered(), **replaced)
    (parked,) = record.views.parked()
    assert (parked.seq, parked.has_valid_columns) == (seq, False)
    assert record.views.refills == 0
