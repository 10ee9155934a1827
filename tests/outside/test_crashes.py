"""`kill -9` at any moment: no acknowledged callback is lost, and no text is sent twice."""

import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import ExitStack

import pytest

from kit.load import Load, check_school

PEOPLE = [f"P{n},+1415555{3000 + n}" for n in range(60)]
GIVE_UP_SECONDS = 60


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait(timeout=10)


@pytest.mark.parametrize(
    ("command", "seed"),
    [
        ("receive", 2),
        pytest.param("serve", 1, marks=pytest.mark.torture),
        pytest.param("receive", 5, marks=pytest.mark.torture),
    ],
)
def test_no_acknowledged_callback_is_lost_when_the_receiver_is_killed(
    school, standin, command, seed
):
    moment = random.Random(seed)
    school.launch(*PEOPLE)
    school.run("send", "--once")
    load = Load.about(standin)
    with ExitStack() as stack, load.running():
        for _ in range(3):
            web = stack.enter_context(school.running(command, "--port", str(school.port)))
            load.wait_for(moment.randrange(1, 200))
            kill(web)
        stack.enter_context(school.running(command, "--port", str(school.port)))
    check_school(school, load)


@pytest.mark.parametrize("command", ["serve", "receive"])
def test_many_signals_at_once_still_end_the_program_cleanly(school, command):
    with school.running(command, "--port", str(school.port)) as web:
        for _ in range(2000):
            if web.poll() is None:
                web.send_signal(signal.SIGTERM)
        assert web.wait(timeout=10) == 0


def wait_for_texts(standin, count):
    """Return once the stand-in was given that many texts."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while len(standin.messages()) < count:
        assert time.monotonic() < deadline, len(standin.messages())
        time.sleep(0.005)


def attempts_of(school, campaigns):
    rows = [row for campaign in campaigns for row in school.read("campaign", "contacts", campaign)]
    return {row["phone"]: (row["attempts"], row["status"]) for row in rows}


@pytest.mark.parametrize("seed", [3, pytest.param(4, marks=pytest.mark.torture)])
def test_no_text_is_sent_twice_when_senders_are_killed(school, standin, seed):
    moment, campaigns = random.Random(seed), []
    with school.serving():
        for people in (PEOPLE[:15], PEOPLE[15:30], PEOPLE[30:45], PEOPLE[45:]):
            campaigns.append(school.launch(*people))  # what the dead have claimed waits
            with ExitStack() as running:
                senders = [running.enter_context(school.running("send")) for _ in range(2)]
                wait_for_texts(standin, len(standin.messages()) + moment.randrange(1, 15))
                for sender in senders:
                    kill(sender)
        while 0 in {attempts for attempts, _ in attempts_of(school, campaigns).values()}:
            time.sleep(1)  # until the claims of the dead have lapsed
            school.run("send", "--once")
        standin.wait_until_posted()
    texts = Counter(text.to for text in standin.messages())
    assert set(texts.values()) == {1}
    found = attempts_of(school, campaigns)
    assert {attempts for attempts, _ in found.values()} == {1}
    assert {found[phone][1] for phone in texts} == {"delivered"}
    assert school.run("rebuild", "--check").returncode == 0
