"""What a server does for a ledger in the background: alone in a thread, or in turn with more."""

import threading
import time
from contextlib import ExitStack
from functools import partial
from types import SimpleNamespace

from kit.clock import Passes
from kit.installation import Ledgers
from webapp.background import records
from webapp.background.commands import lock_of_server
from webapp.background.loops import RecurringWork, keep_together
from webapp.background.work import WORK_OF_MANY
from webapp.metrics.processes import Processes
from webapp.processes import in_thread


def work(name, *pauses, done):
    """Something that is done once for each of these pauses."""

    def steps(_app, _stop):
        for pause in pauses:
            yield pause
            done.append(name)
        done.append(f"{name} ended")

    return RecurringWork(steps)


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
    RecurringWork(steps)(None, stop)
    assert ended == [True]


def test_a_process_that_restores_views_still_says_that_it_runs(world, clock, monkeypatch):
    is_restoring, may_end, stop = threading.Event(), threading.Event(), threading.Event()

    def restore():
        is_restoring.set()
        assert may_end.wait(20)

    monkeypatch.setattr(records, "_COUNTS_SECONDS", 0.01)
    monkeypatch.setattr(world.app.views, "catch_up", lambda *_, **__: 1)
    monkeypatch.setattr(world.app.views, "restore", restore)
    other = Processes(world.app.sending_engine, clock)
    with ExitStack() as running:
        for works in WORK_OF_MANY[:2]:
            running.enter_context(in_thread(partial(keep_together, works, world.app, stop), stop))
        running.callback(may_end.set)
        assert is_restoring.wait(20)
        now = clock.advance(minutes=2)
        deadline = time.monotonic() + 20
        while not (seen := [each.seen_at for each in other.others()]) or seen[0] < now:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_ledgers_on_sqlite_are_verified_one_after_the_other(tmp_path):
    ledgers = Ledgers(tmp_path)
    for name in ("north", "south"):
        ledgers.write(name)
    settings = [ledgers.directory.ledger(name).settings for name in ("north", "south")]
    north, south = [lock_of_server(SimpleNamespace(settings=each)) for each in settings]
    assert north is south


def test_work_that_has_nothing_to_do_keeps_nobody():
    keep_together([work("a", done=[])], None, threading.Event())
