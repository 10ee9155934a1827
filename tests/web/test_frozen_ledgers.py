"""A frozen PostgreSQL server under some ledgers of an installation, beside ledgers on another."""

import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest

from kit.installation import Ledgers, served, settings_of
from kit.postgres import create_database, running
from ledger.store import bounded_connection
from webapp.bootstrap import build

HEALTHY, FROZEN = "north", ["south", "west"]
SILENCE = 1.0
AT_ONCE = 10


@pytest.fixture(scope="module")
def freezing():
    """The server under the frozen ledgers; that of the healthy one is the tests' common one."""
    with running(is_durable=False) as started:
        yield started


@pytest.fixture
def ledgers(freezing, postgres, tmp_path, monkeypatch):
    monkeypatch.setattr(bounded_connection, "SILENCE_SECONDS", SILENCE)
    made = Ledgers(tmp_path)
    made.write(HEALTHY, settings_of(HEALTHY, create_database(postgres)))
    for name in FROZEN:
        made.write(name, settings_of(name, create_database(freezing.url)))
    return made


@contextmanager
def asked_again_and_again(ask):
    """Let that many clients ask within the block, each as soon as it has an answer."""
    is_over, answers = threading.Event(), []

    def keep_asking():
        while not is_over.is_set():
            answers.append(ask())

    threads = [threading.Thread(target=keep_asking) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    yield answers
    is_over.set()
    for thread in threads:
        thread.join()


def is_open(ledgers, name):
    """Whether a ledger takes a callback, once its database is made or answers again."""
    return any(ledgers.text_to(name) == 204 for _ in range(10))


def test_a_frozen_server_leaves_the_ledgers_on_another_as_they_were(ledgers, freezing):
    with served(ledgers):
        ledgers.wait_for(HEALTHY, *FROZEN)
        with (
            freezing.frozen(),
            asked_again_and_again(lambda: ledgers.text_to("south")) as texts,
            asked_again_and_again(lambda: ledgers.ask("west.example", "/sign-in")[0]) as pages,
        ):
            for _ in range(10):
                assert ledgers.text_to(HEALTHY) == 204
                assert ledgers.ask(f"{HEALTHY}.example", "/sign-in")[0] == 200
        assert set(texts) == {503}
        assert set(pages) <= {200, 503}
        assert all(is_open(ledgers, name) for name in FROZEN)


def test_a_frozen_server_holds_up_no_background_work_of_others(ledgers, freezing):
    for name in ("another", "zest"):
        ledgers.write(name)
        build(ledgers.directory.ledger(name).settings).close()
    with served(ledgers) as running, freezing.frozen():
        assert all(is_open(ledgers, name) for name in ("another", "zest"))
        with running.pages_kept():
            assert all(eventually(partial(ledgers.has_read_views, n)) for n in ("another", "zest"))


def eventually(is_so):
    """Whether something becomes so by itself, though nobody asks for a page."""
    deadline = time.monotonic() + 60
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.5)
    return is_so()


def test_a_ledger_that_cannot_be_opened_holds_up_no_other(ledgers, freezing):
    with served(ledgers):
        with freezing.frozen():
            assert ledgers.text_to("south") == 503
            assert is_open(ledgers, HEALTHY)
        assert is_open(ledgers, "south")
