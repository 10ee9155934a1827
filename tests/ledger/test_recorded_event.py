"""A recorded event recomputes its leaf, so that it is known whether it was altered."""

from dataclasses import replace

from kit.world import ADA
from ledger.recorded_event import RecordedEvent
from ledger.store.rows import TYPED_COLUMNS

OTHER = {"recorded_at": 1, "state": b"{}", "leaf": bytes(32), "topic": "AttemptLapsed"}
PLACE = {"id": 99, "originator_id": "del_x", "originator_version": 9}
NO_EVENTS = {"recorded_at": "soon", "state": "text", "leaf": "text", "id": None}


def altered(recorded: RecordedEvent, **values: object) -> bool:
    """Whether the event counts as altered with other values in its row."""
    return replace(recorded, row=replace(recorded.row, **values)).is_altered


def test_an_event_as_it_was_recorded_is_not_altered(world):
    world.launch([ADA])
    world.send()
    assert [e.seq for e in world.app.ledger.reader.events() if e.is_altered] == []


def test_an_event_with_any_other_value_is_altered(world):
    delivery = world.delivery(world.launch([ADA]), ADA)
    world.send()
    world.callback(delivery, status="undelivered", code=30006)
    recorded = world.last(delivery)
    for values in ({name: value} for name, value in (OTHER | PLACE).items()):
        assert altered(recorded, **values), values
    for name in TYPED_COLUMNS:
        columns = {**recorded.row.columns, name: 7}
        assert altered(recorded, columns=columns), name


def test_an_event_with_values_of_no_event_is_altered_and_raises_nothing(world):
    delivery = world.delivery(world.launch([ADA]), ADA)
    for name, value in NO_EVENTS.items():
        assert altered(world.last(delivery), **{name: value}), name
    assert altered(world.last(delivery), recorded_at=10**30)
