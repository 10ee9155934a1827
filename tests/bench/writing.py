"""How many callbacks one PostgreSQL takes from several writing processes, near and far.

python -m bench.writing URL WRITER    executes callbacks whenever it reads "COMMITS TOGETHER"

A writer executes them one by one, or many at once, which group commit takes together.
"""

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import psycopg
from sqlalchemy.engine import make_url

from bench.building import build
from bench.distance import at_distance
from bench.fates import form_of
from bench.measuring import Figure, Reach, figure, in_turn, middle, not_run, times
from bench.receiving import accepted
from bench.setting import Setting, opened
from kit.postgres import create_database, running
from kit.world import World
from ledger.commands.callbacks import ReceiveCallback

_WHAT = "callbacks a second, PostgreSQL"
_DISTANCES = (0.0, 1.0, 4.0)
"""Milliseconds that are added to each message."""
_WRITERS = (1, 2, 4, 8)
_MANY_AT_ONCE = ((50, 1), (50, 8))
"""Callbacks at once, and writers."""
_ON_TWO_SERVERS = 4
"""Writers, and as many at each of two servers."""
_NEEDED = Reach(100, "a second")
"""A campaign of 100,000 texts, whose reports come within an hour."""
_FEWER_COMMITS = 20
"""A writer commits so much less often in a round than in the benchmarks of waits."""

_Writer = subprocess.Popen[str]


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    if setting.why_no_postgres:
        yield not_run(_WHAT, "–", setting.why_no_postgres)
        return
    for milliseconds in _DISTANCES:
        yield from _one_server(setting, milliseconds)
    yield _two_servers(setting)


def _one_server(setting: Setting, milliseconds: float) -> Iterator[Figure]:
    url = _school(setting, setting.new_url("PostgreSQL"))
    with at_distance(url, milliseconds) as far, _writing([far] * max(_WRITERS)) as writers:
        round_trip = f"a round trip takes {_round_trip(far):.2f} ms"
        for together, count in (*((1, count) for count in _WRITERS), *_MANY_AT_ONCE):
            what = f"{_WHAT}, {milliseconds:g} ms away, writers: {count}, at once: {together}"
            rates = [_rate(setting, writers[:count], together) for _ in range(setting.scale.rounds)]
            yield figure(what, "–", _NEEDED, rates, round_trip)


def _two_servers(setting: Setting) -> Figure:
    """Two ledgers on two servers, against one ledger with as many writers as each of them."""
    with ExitStack() as far, running(is_durable=True) as other:
        databases = (setting.new_url("PostgreSQL"), create_database(other.url))
        urls = [_school(setting, database) for database in databases]
        addresses = [far.enter_context(at_distance(url, 1.0)) for url in urls]
        first, second = (
            far.enter_context(_writing([address] * _ON_TWO_SERVERS)) for address in addresses
        )
        works = {
            "one": lambda _: _rate(setting, first, 1),
            "two": lambda _: _rate(setting, [*first, *second], 1),
        }
        rates = in_turn(works, setting.scale.rounds)
    what = f"{_WHAT}, 1 ms away, two ledgers on two servers, {_ON_TWO_SERVERS} writers each"
    detail = f"{middle(rates['two']):,.0f} a second against {middle(rates['one']):,.0f}"
    return figure(what, "one ledger", Reach(1.6), times(rates["two"], rates["one"]), detail)


def _school(setting: Setting, url: str) -> str:
    """Fill a database with texts that were taken; return its address."""
    build(url, setting.scale.callbacks, with_callbacks=False)
    return url


@contextmanager
def _writing(urls: Sequence[str]) -> Iterator[list[_Writer]]:
    """One writing process for each address, ready."""
    with ExitStack() as running:
        writers = [
            running.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "bench.writing", url, str(number)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for number, url in enumerate(urls)
        ]
        for writer in writers:
            _line(writer)
        yield writers
        for writer in writers:
            writer.communicate()


def _rate(setting: Setting, writers: Sequence[_Writer], together: int) -> float:
    commits = max(1, setting.scale.waits // _FEWER_COMMITS // (1 if together == 1 else 10))
    began = time.perf_counter()
    for writer in writers:
        assert writer.stdin, "a pipe"
        writer.stdin.write(f"{commits} {together}\n")
        writer.stdin.flush()
    for writer in writers:
        _line(writer)
    return commits * together * len(writers) / (time.perf_counter() - began)


def _line(writer: _Writer) -> str:
    assert writer.stdout, "a pipe"
    line = writer.stdout.readline()
    if not line:
        raise RuntimeError("A writer ended.")
    return line


def _round_trip(url: str) -> float:
    """Milliseconds from a statement to its answer."""
    plain = make_url(url).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as near:
        near.execute("SELECT 1")
        began = time.perf_counter()
        for _ in range(20):
            near.execute("SELECT 1")
        return 1000 * (time.perf_counter() - began) / 20


def main(url: str, writer: str) -> None:
    """Execute as many callbacks as each line asks for, and print a line when all are durable."""
    with opened(url) as world:
        commands = _callbacks(world, int(writer))
        print("ready", flush=True)
        for line in sys.stdin:
            commits, together = map(int, line.split())
            for _ in range(commits):
                futures = [world.app.ledger.execute(next(commands)) for _ in range(together)]
                for future in futures:
                    future.result()
            print("done", flush=True)


def _callbacks(world: World, writer: int) -> Iterator[ReceiveCallback]:
    """Callbacks without an end, of all texts in turn; no two are the same."""
    texts = accepted(world)
    first = writer * len(texts) // max(_WRITERS)
    for number in itertools.count(first):
        text = texts[number % len(texts)]
        token = world.app.ledger.identity.callback_token(text.delivery_id, 1)
        form = form_of(text.sid, "sent") | {"RawDlrDoneDate": f"{writer}-{number}"}
        yield world.callback_command(text.delivery_id, 1, token, form)


if __name__ == "__main__":
    main(*sys.argv[1:])
