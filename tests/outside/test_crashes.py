"""`kill -9` at any moment: no acknowledged callback is lost, and no text is sent twice."""

import random
import signal
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from kit.processes import School, post

PEOPLE = [f"P{n},+1415555{3000 + n}" for n in range(60)]


@dataclass
class Poster:
    """Posts one callback after the other and remembers which were acknowledged."""

    urls: list[str]
    name: str
    acknowledged: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        for number in range(100_000):
            if self.stop.is_set():
                return
            mark = f"{self.name}{number}"
            form = {"MessageSid": f"SM{number}", "MessageStatus": "sent", "Mark": mark}
            if post(self.urls[number % len(self.urls)], form) == 204:
                self.acknowledged.append(mark)


def kill(process) -> None:
    process.kill()
    process.wait(timeout=10)


@pytest.mark.parametrize(("command", "seed"), [("serve", 1), ("receive", 2), ("receive", 5)])
def test_no_acknowledged_callback_is_lost_when_what_takes_it_is_killed(
    installed_school, standin, command, seed
):
    moment = random.Random(seed)
    installed_school.launch(*PEOPLE)
    installed_school.run("send", "--once")
    urls = [text.status_callback.partition("#")[0] for text in standin.messages()]
    posters = [Poster(urls, name) for name in "abcd"]  # so that commits hold several
    threads = [threading.Thread(target=poster.run) for poster in posters]
    for thread in threads:
        thread.start()
    for _ in range(3):
        with installed_school.running(command, "--port", str(installed_school.port)) as web:
            time.sleep(moment.uniform(0.3, 1.0))
            kill(web)
    for poster, thread in zip(posters, threads, strict=True):
        poster.stop.set()
        thread.join()
    kept = Counter(
        dict(row["data"]["private"]["parameters"]).get("Mark")
        for row in installed_school.read("audit")
        if row["type"] == "CallbackReceived"
    )
    acknowledged = [mark for poster in posters for mark in poster.acknowledged]
    assert acknowledged
    assert {mark: kept[mark] for mark in acknowledged} == dict.fromkeys(acknowledged, 1)
    assert installed_school.run("rebuild", "--check").returncode == 0


@pytest.mark.parametrize("command", ["serve", "receive"])
def test_many_signals_at_once_still_end_it_in_good_order(installed_school, command):
    with installed_school.running(command, "--port", str(installed_school.port)) as web:
        for _ in range(2000):
            if web.poll() is None:
                web.send_signal(signal.SIGTERM)
        assert web.wait(timeout=10) == 0


@pytest.mark.parametrize("seed", [3, 4])
def test_no_text_is_sent_twice_when_senders_are_killed(installed_school: School, standin, seed):
    moment = random.Random(seed)
    campaign = installed_school.launch(*PEOPLE)
    with installed_school.serving():
        for _ in range(4):
            with ExitStack() as running:
                senders = [
                    running.enter_context(installed_school.running("send")) for _ in range(2)
                ]
                time.sleep(moment.uniform(0.9, 1.6))
                for sender in senders:
                    kill(sender)
        while 0 in {
            row["attempts"] for row in installed_school.read("campaign", "contacts", campaign)
        }:
            installed_school.run("send", "--once")  # until the claims of the dead have lapsed
        standin.wait_until_posted()
    texts = Counter(text.to for text in standin.messages())
    assert set(texts.values()) == {1}
    rows = installed_school.read("campaign", "contacts", campaign)
    assert {row["attempts"] for row in rows} == {1}
    assert all(row["status"] == "delivered" for row in rows if row["phone"] in texts)
    assert installed_school.run("rebuild", "--check").returncode == 0
