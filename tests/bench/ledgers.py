"""What fifty ledgers on two PostgreSQL servers take in one set of processes: `up`."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from bench.measuring import Figure, Reach, figure
from bench.sending import twilio
from bench.setting import Setting
from kit.installation import Ledgers, settings_of
from kit.postgres import PostgresServer, create_database, running
from kit.processes import School, reserve_port
from kit.world import STAFF, row
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.events import AttemptAccepted
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.store.search import Search
from webapp.bootstrap import build

_CONTACTS = 20
_CALLBACKS = 10
_TRIES = 6
"""As many as Twilio makes."""
_READY_SECONDS = 300
_SETTLE_SECONDS = 60
"""Until nothing is done any more but what is always done."""
_IDLE_SECONDS = 60
_TICKS = os.sysconf("SC_CLK_TCK")


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    count = setting.scale.ledgers
    folder = setting.new_folder()
    with ExitStack() as opened:
        servers = [opened.enter_context(running(is_durable=True, most=100)) for _ in range(2)]
        ledgers = Ledgers(folder, {"LEDGER_TWILIO_API_URL": opened.enter_context(twilio("bare"))})
        names = [f"district{number}" for number in range(count)]
        for number, name in enumerate(names):
            _make(ledgers, name, create_database(servers[number % 2].url))
        school = School(folder, reserve_port(), settings=ledgers.settings)
        ledgers.address = ("127.0.0.1", school.port)
        process = opened.enter_context(school.running("up", "--port", str(school.port)))
        for name in names:
            _use(ledgers, name)
        _wait_until_sent(ledgers, names)
        yield from _figures(process, servers, count)


def _make(ledgers: Ledgers, name: str, url: str) -> None:
    ledgers.write(name, settings_of(name, url, LEDGER_SEND_WINDOW="none"))
    app = build(ledgers.directory.ledger(name).settings)
    order = LaunchOrder(
        name="Fall aid",
        message="Hello {{first_name}}",
        rows=[row(f"+1415555{1000 + number}") for number in range(_CONTACTS)],
        policy=ResendPolicy(),
        timing=Schedule(),
    )
    launch(app.ledger, order, STAFF)
    app.close()


def _use(ledgers: Ledgers, name: str) -> None:
    """Ask for a page, and post some callbacks, once the ledger is open."""
    deadline = time.monotonic() + _READY_SECONDS
    while ledgers.ask(f"{name}.example", "/sign-in")[0] != 200:
        assert time.monotonic() < deadline, name
    for number in range(_CALLBACKS):
        tries = (ledgers.text_to(name, text=f"Thank you {number}") for _ in range(_TRIES))
        assert 204 in tries, name  # a busy machine may take longer than one callback waits


def _wait_until_sent(ledgers: Ledgers, names: Sequence[str]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    for name in names:
        app = build(ledgers.directory.ledger(name).settings)
        while len(app.ledger.reader.search(Search(topics=(AttemptAccepted.topic,)))) < _CONTACTS:
            assert time.monotonic() < deadline, name
            time.sleep(0.5)
        app.close()


def _figures(
    process: "subprocess.Popen[str]", servers: Sequence[PostgresServer], count: int
) -> Iterator[Figure]:
    time.sleep(_SETTLE_SECONDS)
    lasting, most = family(process.pid), [0.0]
    before = sum(map(_processor_seconds, lasting[:2]))
    deadline = time.monotonic() + _IDLE_SECONDS
    while time.monotonic() < deadline:
        most += [float(_connections(server)) for server in servers]
        time.sleep(1)
    idle = sum(map(_processor_seconds, lasting[:2])) - before
    pids = family(process.pid)
    threads = sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids)
    told = f"{count} ledgers, {len(pids)} processes, {threads} threads"
    memory = sum(map(_proportional_megabytes, pids))
    yield figure("memory (PSS) of `up`", "–", Reach(600, "MB", is_most=True), [memory], told)
    connections = Reach(97, "connections", is_most=True)
    yield figure(
        "connections to one server", "–", connections, [max(most)], f"{count // 2} ledgers"
    )
    per_minute = idle * 60 / _IDLE_SECONDS
    yield figure(
        "idle, seconds of a core", "–", Reach(30, "s a minute", is_most=True), [per_minute], told
    )


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    words = [word for file in children for word in file.read_text().split()]
    return [pid, *(each for word in words for each in family(int(word)))]


def _proportional_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _processor_seconds(pid: int) -> float:
    """Of a process, and of those of its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def _connections(server: PostgresServer) -> int:
    plain = make_url(server.url).set(drivername="postgresql")
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'delivery-ledger%'"
    with psycopg.connect(plain.render_as_string(hide_password=False)) as connection:
        (count,) = connection.execute(query).fetchone() or (0,)
    return int(count)
