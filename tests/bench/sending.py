"""How fast one sender process sends, and how exactly eight of them share one pace."""

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bench import start_check
from bench.building import MESSAGE, rows
from bench.measuring import Figure, Reach, figure, in_turn, times
from bench.setting import Setting
from kit.processes import School, reserve_port
from kit.world import STAFF, environment
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.events import AttemptStarted
from ledger.store.search import Search
from webapp.bootstrap import Application, build
from webapp.settings import read_settings

PROCESSES = 8
_PACE = 20.0
"""Segments a second, of all processes together."""
_PACED_SECONDS = 15


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    with twilio("stand-in") as url:
        yield _against_bare(setting, url, "the stand-in")
    yield from start_check.run(setting)
    with twilio("bare") as url:
        yield _against_bare(setting, url, "a server that takes everything at once")
        yield _shared(setting, url)


def _against_bare(setting: Setting, url: str, of_whom: str) -> Figure:
    count = setting.scale.callbacks // 4
    found = in_turn(
        {
            "sender": lambda number: _sender(setting, url, number, count),
            "bare": lambda _round: _bare(url, count),
        },
        setting.scale.rounds,
    )
    return figure(
        f"texts a second, one sender process, SQLite, asking {of_whom}",
        "a bare twilio-python loop, one after the other",
        Reach(0.6),
        times(found["sender"], found["bare"]),
        f"{count} texts; {_middle(found['sender'])}/s against {_middle(found['bare'])}/s",
    )


def _middle(speeds: list[float]) -> str:
    return f"{sorted(speeds)[len(speeds) // 2]:,.0f}"


@contextmanager
def twilio(kind: str) -> Iterator[str]:
    """Run the stand-in, or a server that takes everything at once ("bare"); gives its address."""
    command = [sys.executable, "-m", "bench.taking", kind]
    pipe = subprocess.PIPE
    tests = Path(__file__).parent.parent
    path = os.pathsep.join([str(tests), str(tests.parent)])
    with subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": path}, stdin=pipe, stdout=pipe, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _sender(setting: Setting, url: str, number: int, count: int) -> float:
    """Texts a second, without the check before the start, which has figures of its own.

    To new numbers: known ones would look as if the ledger had lost its end.
    """
    found = _application(setting, url)
    first = start_check.HARMLESS + number * count
    order = LaunchOrder(name="All", message=MESSAGE, rows=rows(count, first=first))
    launch(found.ledger, order, STAFF)
    found.views.catch_up()
    sender = found.sending.sender(threading.Event())
    sender.start_check.ensure_done()
    began = time.perf_counter()
    made = sender.run_once().attempts
    seconds = time.perf_counter() - began
    assert made == count, f"{made} of {count} texts were sent"
    return made / seconds


def _application(setting: Setting, url: str) -> Application:
    given = environment(setting.new_url("SQLite")) | {"LEDGER_TWILIO_API_URL": url}
    return build(read_settings(given))


def _bare(url: str, count: int) -> float:
    client = Client("AC" + 32 * "0", 32 * "1", http_client=TwilioHttpClient(timeout=10))
    client.api.base_url = url
    began = time.perf_counter()
    for _ in range(count):
        client.messages.create(
            to="+14155550101",
            body="Hello Ada",
            from_="+15005550006",
            status_callback="https://texts.school.example/twilio/status/del/1/token",
            validity_period=14400,
        )
    return count / (time.perf_counter() - began)


_folders = itertools.count(1)


def _shared(setting: Setting, url: str) -> Figure:
    """Eight processes on one pace, once all of them are up: what they start, against the pace."""
    folder = setting.folder / f"paced-{next(_folders)}"
    folder.mkdir()
    settings = {"LEDGER_SEGMENTS_PER_SECOND": str(_PACE)}
    school = School(folder=folder, port=reserve_port(), api_url=url, settings=settings)
    seconds = _PACED_SECONDS if setting.scale.rounds > 2 else 3
    processes = PROCESSES if setting.scale.rounds > 2 else 2
    people = [f"P{n},+1415{5550000 + n}" for n in range(int(_PACE) * seconds * 4)]
    school.launch(*people)
    with ExitStack() as running:
        for _ in range(processes):
            running.enter_context(school.running("send"))
        found = build(read_settings(school.environment))
        starts = Search(topics=(AttemptStarted.topic,))
        while not found.ledger.reader.search(starts):
            time.sleep(0.1)
        time.sleep(2 * seconds)
    entries = found.ledger.reader.search(starts)
    moments = [entry.recorded_at.timestamp() for entry in entries]
    begin = moments[0] + seconds * 0.5
    counted = sum(begin <= moment < begin + seconds for moment in moments)
    return figure(
        f"{processes} sender processes on one pace of {_PACE:g} segments a second",
        "the pace",
        Reach(1.02, is_most=True),
        [counted / seconds / _PACE],
        f"{counted} texts in {seconds} s",
    )
