"""What a server does for a ledger in the background: alone in a thread, or in turn with more."""

import threading

from kit.clock import Passes
from webapp.background import Kept, keep_together


def work(name, *pauses, done):
    """Something that is done once for each of these pauses."""

    def steps(_app, _stop):
        for pause in pauses:
            yield pause
            done.append(name)
        done.append(f"{name} ended")

    return Kept(steps)


def test_what_is_kept_together_is_done_in_the_order_of_its_pauses():
    done, passes = [], Passes(10)
    works = [work("a", 2, 2, done=done), work("b", 3, 5, done=done)]
    keep_together(works, None, passes)
    assert done == ["a", "b", "a", "a ended", "b", "b ended"]
    assert passes.pauses == [2, 1, 1, 4]


def test_pauses_of_many_are_longer():
    passes = Passes(10)
    keep_together([work("a", 2, 3, done=[])], None, passes, rarer=5)
    assert passes.pauses == [10, 15]


def test_what_is_kept_is_ended_tidily():
    ended, stop = [], threading.Event()

    def steps(_app, _stop):
        try:
            while True:
                yield 60
        finally:
            ended.append(True)

    stop.set()
    Kept(steps)(None, stop)
    assert ended == [True]


def test_work_that_has_nothing_to_do_keeps_nobody():
    keep_together([work("a", done=[])], None, threading.Event())
