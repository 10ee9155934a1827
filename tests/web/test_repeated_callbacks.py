"""What Twilio posts again: counted beside the ledger, within bounds, and shown as such."""

import pytest

from kit.staff import Staff
from kit.world import ADA
from ledger.errors import AlreadyRecorded
from webapp import repeated_callbacks
from webapp.repeated_callbacks import RepeatedCallbacks, Repeats


@pytest.fixture
def counts(world):
    return world.app.repeated_callbacks


def test_a_repeat_names_the_event_that_it_repeats(world):
    ada = world.delivery(world.launch([ADA]))
    world.send()
    world.callback(ada)
    with pytest.raises(AlreadyRecorded) as repeat:
        world.callback(ada)
    assert repeat.value.dedupe == world.last(ada).row.columns["dedupe"]


def test_repeats_of_all_processes_are_added_up(world, counts):
    first = world.clock.now()
    counts.add("a")
    counts.flush()
    world.clock.advance(minutes=1)
    counts.add("a")
    counts.add("b")
    other = RepeatedCallbacks(world.app.sending_engine, world.clock)
    assert other.of(["a", "b", "c"]) == {"a": Repeats(1, first)}
    assert counts.of(["a", "b", "c"]) == {
        "a": Repeats(2, world.clock.now()),
        "b": Repeats(1, world.clock.now()),
    }
    counts.flush()
    assert other.of(["a", "b", "c"]) == counts.of(["a", "b", "c"])


def test_only_so_many_events_have_a_count(world, monkeypatch):
    monkeypatch.setattr(repeated_callbacks, "_KEPT", 2)
    monkeypatch.setattr(RepeatedCallbacks, "most_unwritten", 3)
    counts = RepeatedCallbacks(world.app.sending_engine, world.clock)
    for key in ("a", "b", "c", "d", "a"):
        counts.add(key)
        world.clock.advance(seconds=1)
    assert counts.of(["a", "b", "c", "d"]).keys() == {"a", "b", "c"}
    counts.flush()
    assert counts.of(["a", "b", "c", "d"]).keys() == {"a", "c"}


def test_the_page_of_a_callback_says_how_often_it_was_repeated(world, counts):
    staff = Staff(world)
    ada = world.delivery(world.launch([ADA]))
    world.send()
    world.callback(ada)
    recorded = world.last(ada)
    sentence = (
        "Twilio posted it 2 more times, last on 2 Mar 2026, 09:00:00 UTC. This is counted beside "
        "the ledger, and no proof covers it."
    )
    assert "posted it" not in staff.read(f"/audit/{recorded.seq}")
    counts.add(recorded.row.columns["dedupe"])
    counts.add(recorded.row.columns["dedupe"])
    assert sentence in staff.read(f"/audit/{recorded.seq}")
    assert "posted it" not in staff.read(f"/audit/{recorded.seq}?as_of={recorded.seq}")
