"""A value that is made at its first use, once for each object, while others make theirs."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from ledger.lazy_property import lazy_property


@dataclass(frozen=True)
class Opened:
    """Stands for the parts of a ledger, whose database may not answer."""

    answers: threading.Event
    is_asked: threading.Event

    @lazy_property
    def part(self) -> object:
        """What needs the database."""
        self.is_asked.set()
        assert self.answers.wait(20)
        return object()


def opened(*, answers: bool) -> Opened:
    event = threading.Event()
    if answers:
        event.set()
    return Opened(event, threading.Event())


def test_an_object_that_waits_holds_up_no_other_of_its_class():
    frozen, healthy = opened(answers=False), opened(answers=True)
    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(lambda: frozen.part)
        assert frozen.is_asked.wait(20)
        assert threads.submit(lambda: healthy.part).result(20) is healthy.part
        assert not waiting.done()
        frozen.answers.set()
        assert waiting.result(20) is frozen.part


def test_threads_that_need_one_value_get_the_same():
    slow = opened(answers=False)
    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(lambda: slow.part) for _ in range(8)]
        assert slow.is_asked.wait(20)
        slow.answers.set()
        assert len({id(each.result(20)) for each in waiting}) == 1


class Failing:
    """Fails at its first use."""

    uses = 0

    @lazy_property
    def value(self) -> int:
        """The number of uses."""
        self.uses += 1
        if self.uses == 1:
            raise ValueError("not yet")
        return self.uses


def test_what_cannot_be_made_is_tried_at_the_next_use():
    failing = Failing()
    with pytest.raises(ValueError, match="not yet"):
        _ = failing.value
    assert [failing.value, failing.value] == [2, 2]


def test_an_object_with_its_value_can_be_pickled():
    failing = Failing()
    failing.uses = 1
    assert failing.value == 2
    assert pickle.loads(pickle.dumps(failing)).value == 2
