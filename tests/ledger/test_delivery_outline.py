"""The outline of a delivery against the fold over its events, its check: whatever may happen."""

from dataclasses import replace
from itertools import count, product

import pytest
from eventsourcing.persistence import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from kit import stories
from kit.clock import ManualClock
from kit.examples import fewer
from kit.forging import forging
from kit.ledger_commands import AppendEvents, Deciding, Refusing, held_up
from kit.store import close_ledger, ledger_file, open_ledger, sqlite_url
from ledger.domain.delivery import Delivery
from ledger.domain.delivery_outline import DeliveryOutline
from ledger.domain.events import Form
from ledger.domain.outcome_classifier import classify_progress
from ledger.domain.standing import Stage

numbers = count()
turns = st.integers(1, 3)
facts = st.one_of(
    st.builds(stories.started, turns),
    st.builds(stories.doubted, turns),
    st.builds(stories.accepted, turns),
    st.builds(stories.refused, turns),
    st.builds(stories.put_back, turns),
    st.builds(stories.bounced, turns, st.sampled_from(["30001", "30023"])),
    st.builds(stories.failed, turns, st.just("30005")),
    st.builds(stories.delivered, turns),
    st.builds(stories.withdrawn, turns),
    st.builds(stories.resend_requested, turns),
    st.builds(stories.reported, st.sampled_from([Stage.ACCEPTED, Stage.READ, None]), turns),
)
SIDS = ("SM1", "SM2")
events = st.builds(
    lambda event, sid: replace(event, sid=sid) if hasattr(event, "sid") else event,
    facts,
    st.sampled_from(SIDS),
)
histories = st.lists(events, max_size=8)


@pytest.fixture(scope="module")
def ledger(shared_database_url):
    opened = open_ledger(shared_database_url, ManualClock())
    yield opened
    close_ledger(opened)


def recorded(ledger, history):
    """The id of a new delivery with this history, and its events."""
    delivery_id = f"del_{next(numbers)}"
    events = [
        replace(event, originator_id=delivery_id, **_dedupe(event, f"{delivery_id}/{number}"))
        for number, event in enumerate((stories.enrolled(), *history))
    ]
    stream = stories.story(*events)
    ledger.execute(AppendEvents(stream)).result()
    return delivery_id, stream


def _dedupe(event, key):
    return {"dedupe": key} if hasattr(event, "dedupe") else {}


def read(ledger, delivery_id):
    deciding = Deciding(lambda work: work.outline_of(delivery_id), outlined=[delivery_id])
    return ledger.execute(deciding).result()


def folded(delivery_id, events):
    outline = DeliveryOutline.of(delivery_id, [])
    for event in events:
        outline = outline.with_event(event)
    return outline


def report(delivery, turn, outcome, sid):
    words = {"status": "sent", "dedupe": "key", "form": Form(parameters=())}
    return delivery.receive(turn, outcome, sid=sid, **words)


@pytest.mark.both_databases
@fewer(2)
@given(history=histories)
def test_typed_columns_and_events_give_the_same_outline(ledger, history):
    delivery_id, events = recorded(ledger, history)
    assert read(ledger, delivery_id) == folded(delivery_id, events)


@given(history=histories)
def test_an_outline_records_what_the_whole_delivery_would_or_asks_for_it(history):
    events = stories.story(stories.enrolled(), *history)
    outline, delivery = folded(stories.DELIVERY, events), Delivery.from_events("del_ada", events)
    for turn, status, sid in product((1, 2, 3, 4), ("sent", "delivered", "read"), (*SIDS, "SM3")):
        outcome = classify_progress(status, turn)
        known = outline.for_report(turn, outcome.rank)
        if known is not None:
            event = report(delivery, turn, outcome, sid)
            assert report(known, turn, outcome, sid) == event
            assert not delivery.with_events([event]).standing.awaits_attempt


def test_the_outline_of_a_usual_delivery_is_enough():
    usual = stories.story(stories.enrolled(), stories.started(), stories.accepted())
    outline = folded(stories.DELIVERY, usual)
    ranks = [classify_progress(status, 1).rank for status in ("queued", "sent", "delivered")]
    assert None not in [outline.for_report(1, rank) for rank in ranks]


def test_the_outline_is_enough_for_the_first_report_that_overtook_the_answer():
    outline = folded(stories.DELIVERY, stories.story(stories.enrolled(), stories.started()))
    assert outline.for_report(1, classify_progress("sent", 1).rank) is not None


def test_the_outline_is_enough_where_the_report_itself_ends_the_wait_for_an_attempt():
    bounced = [stories.started(), stories.accepted(), stories.bounced(1, "30008")]
    outline = folded(stories.DELIVERY, stories.story(stories.enrolled(), *bounced))
    assert outline.for_report(1, classify_progress("delivered", 1).rank) is not None


WAITING = [
    [stories.started(), stories.accepted(), stories.bounced(1, "30008")],
    [
        stories.started(),
        stories.accepted(),
        stories.failed(1, "30005"),
        stories.resend_requested(2),
    ],
    [
        stories.started(),
        stories.accepted(),
        stories.resend_requested(2),
        stories.reported(Stage.ACCEPTED, 1),
    ],
]


@pytest.mark.parametrize("history", WAITING)
def test_a_delivery_that_awaits_an_attempt_is_read_whole(history):
    outline = folded(stories.DELIVERY, stories.story(stories.enrolled(), *history))
    assert outline.for_report(1, classify_progress("sent", 1).rank) is None


def test_a_delivery_whose_reports_overtook_the_answer_is_read_whole():
    reported = [stories.started(), stories.reported(Stage.ACCEPTED, 1)]
    outline = folded(stories.DELIVERY, stories.story(stories.enrolled(), *reported))
    assert outline.for_report(1, classify_progress("delivered", 1).rank) is None


@pytest.mark.both_databases
def test_an_outline_includes_what_its_own_commit_has_appended(ledger):
    delivery_id, events = recorded(ledger, [stories.started()])
    accepted = replace(
        stories.accepted(), originator_id=delivery_id, originator_version=len(events) + 1
    )

    def append_and_read(work):
        work.append(accepted)
        return work.outline_of(delivery_id)

    deciding = Deciding(append_and_read, outlined=[delivery_id])
    assert ledger.execute(deciding).result() == folded(delivery_id, [*events, accepted])


@pytest.mark.both_databases
def test_an_event_that_does_not_follow_the_outline_is_not_recorded(ledger):
    delivery_id, events = recorded(ledger, [stories.started()])
    accepted = replace(
        stories.accepted(), originator_id=delivery_id, originator_version=len(events) + 2
    )
    deciding = Deciding(lambda work: work.append(accepted), outlined=[delivery_id])
    assert isinstance(ledger.execute(deciding).exception(), IntegrityError)


@pytest.mark.both_databases
def test_a_delivery_without_events_has_no_outline(ledger):
    assert read(ledger, "del_nobody") is None


@pytest.mark.both_databases
def test_deliveries_of_one_commit_have_an_outline_each(ledger):
    streams = dict(recorded(ledger, history) for history in ([stories.started()], []))

    def read_all(work):
        return [work.outline_of(delivery_id) for delivery_id in streams]

    outlines = ledger.execute(Deciding(read_all, outlined=list(streams))).result()
    assert outlines == [folded(delivery_id, events) for delivery_id, events in streams.items()]


@pytest.mark.both_databases
def test_a_refused_command_leaves_nothing_in_an_outline(ledger):
    delivery_id, events = recorded(ledger, [stories.started()])
    accepted = replace(
        stories.accepted(), originator_id=delivery_id, originator_version=len(events) + 1
    )
    with held_up(ledger):
        ledger.execute(Refusing(AppendEvents([accepted])))
        version = ledger.execute(
            Deciding(
                lambda work: (
                    work.outline_of(delivery_id),
                    work.load(Delivery, delivery_id).version,
                ),
                outlined=[delivery_id],
            )
        )
    assert version.result() == (None, len(events))


ALTERED = [
    *product((1, 3, 4), ("campaign_id", "contact_id"), ("zzz", "a", b"cam")),
    *product((1, 3), ("turn", "rank"), ("high", b"1")),
    (3, "sid", b"SM1"),
]


@pytest.mark.parametrize(("version", "column", "value"), ALTERED)
def test_a_delivery_with_an_altered_column_has_no_outline(tmp_path, version, column, value):
    ledger = open_ledger(sqlite_url(tmp_path), ManualClock())
    turn_1 = [stories.started(), stories.accepted()]
    turn_2 = [stories.resend_requested()] if version == 4 else []
    delivery_id, _ = recorded(ledger, [*turn_1, *turn_2])
    with forging(ledger_file(tmp_path)) as connection:
        alter = f"UPDATE events SET {column} = ? WHERE stream_id = ? AND version = ?"
        connection.execute(alter, (value, delivery_id, version))
    assert read(ledger, delivery_id) is None
    close_ledger(ledger)
