"""Callbacks while clients without an account attack the server that takes them, beside the calm.

All attacks are made on SQLite, and those that could reach the store on PostgreSQL, too.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bench.building import build
from bench.load import Load, load
from bench.measuring import Figure, Reach, figure, middle, not_run, times
from bench.receiving import accepted, callback
from bench.setting import Setting, opened
from bench.tree_memory import Peaks, peaks_of_tree
from kit.processes import School, reserve_port
from kit.world import environment

CONNECTIONS = 8

ATTACKS = {
    "silent": "1,100 silent connections",
    "heads": "1,100 heads that never end",
    "bodies": "1,100 forged bodies that never end",
    "unsigned": "1,100 unsigned bodies that never end",
    "bytes of a head": "heads sent byte by byte over 64 connections",
    "bytes of a body": "forged bodies sent byte by byte over 64 connections",
    "streamed": "unsigned bodies of 1 GB, streamed over 64 connections",
    "unroutable": "GET /twilio/x over 32 connections",
    "forged": "forged forms with 9,000 names over 32 connections",
    "escaped": "forged forms of 63 KB, all escaped, over 32 connections",
    "uploads": "33 MB posted over 8 connections",
    "pages": "the page of signing in over 64 connections",
    "deep": "addresses of 5,000 parts over 64 connections",
    "parameters": "the page of signing in with 4,000 parameters over 64 connections",
    "unread": "pages asked for and not read over 64 connections",
    "sign-ins": "wrong passwords over 32 connections",
}
_AT_THE_STORE = ("unroutable", "forged", "pages", "unread", "sign-ins")
"""The attacks that are repeated on PostgreSQL, where each answer could wait for its server.

These are answered by the Flask apps: a genuine-looking callback, an address below /twilio/, a page,
and a password that is looked up. All others are refused, or wait, before anything of a store is
asked, so that they are the same on both databases.
"""
_MOST_TIMES = 3
_MOST_SERVING, _MOST_CHECKING = 300, 150
"""In megabytes."""


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    yield from _on(setting, "SQLite", ATTACKS)
    told = {kind: f"{ATTACKS[kind]}, PostgreSQL" for kind in _AT_THE_STORE}
    if setting.why_no_postgres:
        for what in told.values():
            yield not_run(f"{what}: p99 of callbacks", "the calm", setting.why_no_postgres)
    else:
        yield from _on(setting, "PostgreSQL", told)


def _on(setting: Setting, database: str, attacks: Mapping[str, str]) -> Iterator[Figure]:
    """The lines of these attacks on a server with that database."""
    url, count = setting.new_url(database), setting.scale.callbacks // 4
    build(url, count, with_callbacks=False)
    with opened(url) as world:
        texts = accepted(world)
    school = School(setting.new_folder(), reserve_port(), settings=environment(url))
    with school.running("serve", "--port", str(school.port)) as server:
        numbers = iter(range(1_000_000))

        def measured() -> Load:
            return load(school.url, CONNECTIONS, [callback(text, next(numbers)) for text in texts])

        for kind, what in attacks.items():
            calm, found = [], []
            with peaks_of_tree(server.pid) as peaks:
                for _ in range(setting.scale.rounds):
                    calm.append(measured())
                    with _attack(kind, school.url):
                        found.append(measured())
            yield _p99(what, found, calm)
            yield from _memory(what, peaks)


def _memory(what: str, peaks: Peaks) -> Iterator[Figure]:
    """The memory of what faces the network; and of what checks the ledger beside it."""
    reach = Reach(_MOST_SERVING, "MB", is_most=True)
    detail = "the most that the processes of the port and of the pages had together"
    yield figure(f"{what}: memory of the serving processes", "–", reach, [peaks.serving], detail)
    reach = Reach(_MOST_CHECKING, "MB", is_most=True)
    detail = "the most of verification and comparison, one of which runs at a time"
    yield figure(f"{what}: memory of the checking processes", "–", reach, [peaks.checking], detail)


def _p99(what: str, found: list[Load], calm: list[Load]) -> Figure:
    """The 99th percentile, as a multiple of the one right before the attack; milliseconds too."""
    p99, base = ([each.quantile(0.99) for each in loads] for loads in (found, calm))
    half = middle([each.quantile(0.5) for each in found])
    detail = (
        f"median {1000 * half:.1f} ms, p99 {1000 * middle(p99):.1f} ms against "
        f"{1000 * middle(base):.1f} ms, "
        f"most {1000 * max(each.latencies[-1] for each in found):.0f} ms; "
        f"{sum(each.statuses.get('204', 0) for each in found)} of {sum(map(_answers, found))} taken"
    )
    reach = Reach(_MOST_TIMES, is_most=True)
    return figure(f"{what}: p99 of callbacks", "the calm", reach, times(p99, base), detail)


def _answers(found: Load) -> int:
    return len(found.latencies)


@contextmanager
def _attack(kind: str, url: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.attackers", kind, url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
