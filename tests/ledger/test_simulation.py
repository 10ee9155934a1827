"""Whole stories in one thread: senders die between any two steps, Twilio is in disorder.

`make torture` plays many more of them; a seed that fails is printed with its shortest story.
"""

import pytest

from kit.simulation import Simulation, Step, fault_of, shortest, story_of, tell
from ledger.providers.contract import NotReached


@pytest.mark.parametrize("seed", range(6))
def test_nobody_is_texted_twice_or_forgotten_and_every_view_is_right(seed):
    assert tell(seed) is None


def test_the_same_seed_tells_the_same_story():
    assert story_of(7) == story_of(7)
    assert story_of(7) != story_of(8)


class Blind(Simulation):
    """A sender that takes every doubt for a text that was not sent, as a simple one would."""

    def record(self, chance: int) -> None:
        sender = self.senders[chance % len(self.senders)]
        if sender.answered:
            started, _ = sender.answered.pop(0)
            self.attempt_runner.record(started, NotReached(cause="perhaps"))
            self.world.app.sending.rate_limiter.release([started.delivery_id])


def test_a_sender_that_sends_again_blindly_is_found_out_by_a_short_story():
    idle = [Step("look", 0), Step("wait", 1), Step("write", 0)]
    sent = [Step(name, 9) for name in ("start", "ask", "record")]
    story = [*idle, Step("launch", 0), *sent, Step("wait", 3), *idle, *sent]
    assert "twice" in (fault_of(story, Blind) or "")
    names = [step.name for step in shortest(story, Blind)]
    assert names == ["launch", "start", "ask", "record", "wait"]
