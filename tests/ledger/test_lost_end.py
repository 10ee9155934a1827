"""Since when the ledger may have lost texts: never later than its last attempt."""

import pytest

from kit.forging import forging
from kit.store import ledger_file
from kit.world import ADA
from ledger.sending.lost_end import last_attempt_at


@pytest.mark.parametrize("value", ["recorded_at + 86400000000", "'soon'"])
def test_a_forged_time_of_the_last_attempt_hides_no_later_text(world, clock, value):
    world.launch([ADA])
    launched_at = clock.now()
    clock.advance(minutes=5)
    world.send()
    sent_at = clock.now()
    assert last_attempt_at(world.app.ledger.reader) == sent_at
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(f"UPDATE events SET recorded_at = {value} WHERE topic = 'AttemptStarted'")
    assert launched_at <= last_attempt_at(world.again().app.ledger.reader) <= sent_at


def test_without_an_attempt_it_is_the_first_event(world, clock):
    assert last_attempt_at(world.app.ledger.reader) is None
    recorded_at = clock.now()
    world.inbound("The ledger's first event")
    clock.advance(minutes=5)
    world.inbound("And another", sid="SM2")
    assert last_attempt_at(world.app.ledger.reader) == recorded_at
