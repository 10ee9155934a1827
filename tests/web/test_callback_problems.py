"""Requests of Twilio that were refused or came to a wrong address: counted, kept, and shown."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kit.staff import Staff
from ledger.errors import StoreUnavailable
from webapp.background.records import keep_callback_problems
from webapp.callback_problems import CallbackProblems, Problem, ProblemCount, problems
from webapp.door import create_receiver
from webapp.explain.callback_problems import problem_sentence
from webapp.explain.sentences import plain

pytestmark = pytest.mark.both_databases


@pytest.fixture
def counted(world, clock):
    return CallbackProblems(world.app.sending_engine, clock)


def another(world, clock):
    """The same counts as another process has them, or the same after a restart."""
    return CallbackProblems(world.app.sending_engine, clock)


def seen(counts):
    return [(each.problem, each.count, each.last_path) for each in counts.recent()]


def test_what_is_counted_is_seen_at_once(counted):
    counted.add(Problem.WRONG_SIGNATURE)
    counted.add(Problem.WRONG_ADDRESS, "/twilio/sms")
    counted.add(Problem.WRONG_ADDRESS, "/twilio/inbound/x")
    assert seen(counted) == [
        ("wrong_address", 2, "/twilio/inbound/x"),
        ("wrong_signature", 1, ""),
    ]


def test_counts_survive_a_restart_and_are_those_of_all_processes(world, clock, counted):
    counted.add(Problem.UNUSABLE, "/twilio/inbound")
    counted.flush()
    other = another(world, clock)
    other.add(Problem.UNUSABLE, "/twilio/status")
    other.flush()
    assert seen(another(world, clock)) == [("unusable", 2, "/twilio/status")]


def test_a_server_writes_what_is_counted_at_the_latest_when_it_stops(world, clock):
    stop = threading.Event()
    stop.set()
    world.app.callback_problems.add(Problem.UNUSABLE)
    keep_callback_problems(world.app, stop)
    assert seen(another(world, clock)) == [("unusable", 1, "")]


def test_a_flood_fills_one_row_a_day_and_is_written_seldom(world, clock, counted):
    statements = []
    sa.event.listen(
        world.app.sending_engine, "before_cursor_execute", lambda *a: statements.append(a[2])
    )
    for _ in range(1000):
        counted.add(Problem.WRONG_ADDRESS, "/" + "x" * 10_000)
    assert statements == []
    counted.flush()
    with world.app.sending_engine.connect() as connection:
        ((count, path),) = connection.execute(sa.select(problems.c.requests, problems.c.last_path))
    assert (count, len(path)) == (1000, 200)


def test_a_problem_is_shown_for_a_day_and_kept_for_thirty(world, clock, counted):
    counted.add(Problem.UNUSABLE)
    counted.flush()
    clock.advance(timedelta(hours=25))
    assert seen(counted) == []
    clock.advance(timedelta(days=31))
    counted.add(Problem.WRONG_SIGNATURE)
    counted.flush()
    with world.app.sending_engine.connect() as connection:
        assert connection.scalars(sa.select(problems.c.problem)).all() == ["wrong_signature"]


def test_while_the_database_is_unavailable_counts_are_kept(counted, monkeypatch):
    def refuse(_counts):
        raise StoreUnavailable("gone")

    counted.add(Problem.UNUSABLE)
    with monkeypatch.context() as unavailable:
        unavailable.setattr(counted, "_write", refuse)
        counted.flush()
    assert seen(counted) == [("unusable", 1, "")]


# Sentences.

CURE = "https://texts.school.example/twilio/inbound"


def sentence(
    clock, problem, count=1, path="/twilio/sms", public_url="https://texts.school.example"
):
    found = ProblemCount(problem=problem, count=count, last_at=clock.now(), last_path=path)
    return plain(problem_sentence(found, public_url))


def test_staff_read_where_twilio_posts_and_what_to_enter(clock):
    assert sentence(clock, Problem.WRONG_ADDRESS, 3) == (
        "3 requests signed by Twilio came to a wrong address, the last at 09:00 to /twilio/sms. "
        f"Texts from people were recorded all the same. At Twilio, enter {CURE} as the webhook for "
        "incoming messages, and nothing for calls."
    )


def test_staff_read_what_to_check_where_signatures_are_wrong(clock):
    assert sentence(clock, Problem.WRONG_SIGNATURE, path="") == (
        "1 request that looks like Twilio's was refused, the last at 09:00: the signature does not "
        "fit. Texts and reports may be missing here. Check that "
        "TWILIO_AUTH_TOKEN is the token of this account, that Twilio calls this program at "
        "https://texts.school.example (LEDGER_PUBLIC_URL), and that the proxy changes neither path "
        "nor query."
    )


def test_staff_read_that_the_public_url_is_missing(clock):
    words = sentence(clock, Problem.WRONG_SIGNATURE, path="", public_url=None)
    assert words.endswith(
        "Set LEDGER_PUBLIC_URL to the address at which Twilio reaches this program."
    )


def test_staff_read_that_calls_cannot_be_taken(clock):
    assert sentence(clock, Problem.UNUSABLE, path="/twilio/inbound") == (
        "1 request signed by Twilio was refused, the last at 09:00 to /twilio/inbound: what came "
        f"is neither a text nor a report on a text. At Twilio, use {CURE} for incoming messages "
        "only, not for calls."
    )


# Shown.


def test_the_list_of_campaigns_shows_a_problem_and_its_cure(world):
    world.app.callback_problems.add(Problem.WRONG_ADDRESS, "/twilio/<sms>")
    words = Staff(world).read("/campaigns")
    assert (
        "Twilio uses a wrong address. 1 request signed by Twilio came to a wrong address" in words
    )
    assert "to /twilio/<sms>. Texts from people were recorded all the same." in words
    assert f"At Twilio, enter {CURE} as the webhook" in words


def test_without_a_problem_the_list_of_campaigns_has_no_note(world):
    assert "signed by Twilio" not in Staff(world).read("/campaigns")


def test_a_password_in_the_public_url_is_not_shown(world):
    settings = replace(world.app.settings, public_url="https://us:secret@texts.school.example")
    world.app = replace(world.app, settings=settings)
    world.app.callback_problems.add(Problem.WRONG_ADDRESS, "/twilio/sms")
    words = Staff(world).read("/campaigns")
    assert "secret" not in words
    assert CURE in words


def test_health_counts_the_problems_of_all_processes(world, clock):
    other = another(world, clock)
    other.add(Problem.WRONG_SIGNATURE)
    other.flush()
    health = create_receiver(world.app).test_client().get("/health").json
    assert health["callback_problems"] == {
        "wrong_address": 0,
        "wrong_signature": 1,
        "unusable": 0,
    }
