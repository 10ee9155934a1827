"""Signed, durable callbacks over 32 connections: against an empty handler, and the library."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.building import build
from bench.fates import form_of
from bench.load import Load, load, request
from bench.measuring import Figure, Reach, figure, in_turn, not_run, times
from bench.setting import Setting, opened
from kit.processes import School, reserve_port, signature
from kit.world import PUBLIC_URL, World, environment
from ledger.domain.events import AttemptAccepted
from ledger.store.search import Search
from webapp.callback_retries import RETRY_FRAGMENT

CONNECTIONS = 32

_WHAT = "signed callbacks, durable before 204, {}"
_EMPTY = "an empty Flask handler on the same server"
_STOCK = "a commit per request with the stock library, same server"
_SHARE_OF_STOCK = 8
"""The library is asked for so much less, as it takes so much longer."""


@dataclass(frozen=True)
class Accepted:
    """A text that Twilio took, and where it reports on it."""

    delivery_id: str
    sid: str
    path: str


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    yield from _on(setting, "SQLite")
    if setting.why_no_postgres:
        yield not_run(_WHAT.format("PostgreSQL"), _EMPTY, setting.why_no_postgres)
    else:
        yield from _on(setting, "PostgreSQL")


def _on(setting: Setting, kind: str) -> Iterator[Figure]:
    count, url = setting.scale.callbacks, setting.new_url(kind)
    build(url, count, with_callbacks=False)
    with opened(url) as world:
        texts = accepted(world)
    slowest: dict[str, list[float]] = {"ours": [], "empty": [], "stock": []}
    with ExitStack() as running:
        addresses = {
            "ours": running.enter_context(_receiver(setting, url)),
            "empty": running.enter_context(_yardstick("empty", url)),
            "stock": running.enter_context(_yardstick("stock", setting.new_url(kind))),
        }

        def post(name: str, number: int) -> float:
            share = _SHARE_OF_STOCK if name == "stock" else 1
            posts = [callback(text, number) for text in texts[: count // share]]
            found = load(addresses[name], min(CONNECTIONS, len(posts)), posts)
            _check(found, len(posts))
            slowest[name].append(1000 * found.quantile(0.99))
            return found.rate

        works = {name: (lambda n, name=name: post(name, n)) for name in addresses}
        rates = in_turn(works, setting.scale.rounds)
    what, middle = _WHAT.format(kind), {name: sorted(r)[len(r) // 2] for name, r in rates.items()}
    told = f"{middle['ours']:,.0f} a second against {{:,.0f}}; one more callback a text each round"
    ratio = times(rates["ours"], rates["empty"])
    yield figure(what, _EMPTY, Reach(0.6), ratio, told.format(middle["empty"]))
    ratio = times(rates["ours"], rates["stock"])
    yield figure(what, _STOCK, Reach(10), ratio, told.format(middle["stock"]))
    p99 = f"p99 over {CONNECTIONS} connections, load generator on the same machine"
    yield figure(what, "–", Reach(30, "ms", is_most=True), slowest["ours"], p99)


def accepted(world: World) -> list[Accepted]:
    """Every text that was accepted, in the order of acceptance."""
    found = world.app.ledger.reader.search(Search(topics=(AttemptAccepted.topic,)))
    prefix = len(PUBLIC_URL)
    return [
        Accepted(
            str(entry.delivery_id),
            entry.row.columns["sid"],
            world.app.sending.callback_url(str(entry.delivery_id), 1)[prefix:].removesuffix(
                RETRY_FRAGMENT
            ),
        )
        for entry in found
    ]


def callback(text: Accepted, number: int) -> bytes:
    """A callback that differs from those of other rounds."""
    form = form_of(text.sid, "sent") | {"RawDlrDoneDate": str(number)}
    return request(
        text.path,
        urlencode(form).encode(),
        Content_Type="application/x-www-form-urlencoded",
        X_Twilio_Signature=signature(PUBLIC_URL + text.path, form),
    )


def _check(found: Load, count: int) -> None:
    if found.statuses != {"204": count}:
        raise RuntimeError(f"Not every callback was taken: {found.statuses}")


@contextmanager
def _receiver(setting: Setting, url: str) -> Iterator[str]:
    school = School(setting.new_folder(), reserve_port(), settings=environment(url))
    with school.running("receive", "--port", str(school.port)):
        yield school.url


@contextmanager
def _yardstick(kind: str, url: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.servers", kind, str(reserve_port()), url],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        process.stdout.close()
