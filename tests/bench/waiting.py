"""How long an append waits among writing processes, and how soon a commit can be seen."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from bench.building import build
from bench.fates import form_of
from bench.measuring import Figure, Reach, figure, not_run
from bench.receiving import Accepted, accepted
from bench.setting import Setting, opened
from kit.clock import ManualClock
from kit.ledger_commands import AppendEvents
from kit.processes import School, reserve_port
from kit.store import close_ledger, open_ledger
from kit.world import World, environment
from ledger.domain.events import ContactOptedOut
from webapp.background.views import keep_views

WRITERS = 4
_PAUSE_SECONDS = 0.02
"""Between two appends of one process; about 50 a second each."""
_LOOK_SECONDS = 0.001

_Projecting = Callable[[Setting, World, str], AbstractContextManager[None]]


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    for pause, how in ((_PAUSE_SECONDS, "50 a second each"), (0.0, "as fast as they can")):
        waits = _waits(setting, pause)
        what = f"an append's wait, SQLite, {WRITERS} writing processes, {how}"
        yield _p99(what, waits, 15)
    for kind in ("SQLite", "PostgreSQL"):
        for place, (reach, projecting) in _PLACES.items():
            what = f"commit to visible, {kind}, {place}"
            if kind == "PostgreSQL" and setting.why_no_postgres:
                yield not_run(what, "–", setting.why_no_postgres)
                continue
            yield _p99(what, _delays(setting, kind, projecting), reach)


def _p99(what: str, found: list[float], reach: float) -> Figure:
    """Milliseconds: the 99th percentile against the reach, the others told beside it."""
    told = sorted(found)
    middle, p99 = told[len(told) // 2], told[int(len(told) * 0.99)]
    detail = f"{len(told)} of them; median {middle:.1f} ms, most {told[-1]:.1f} ms"
    return figure(f"{what}: p99", "–", Reach(reach, "ms", is_most=True), [p99], detail)


# The wait of an append.


def _waits(setting: Setting, pause: float) -> list[float]:
    url = setting.new_url("SQLite")
    close_ledger(open_ledger(url, ManualClock()))
    spawn = multiprocessing.get_context("spawn")
    work = [(url, writer, setting.scale.waits, pause) for writer in range(WRITERS)]
    with spawn.Pool(WRITERS) as pool:
        return [wait for waits in pool.starmap(_append, work, chunksize=1) for wait in waits]


def _append(url: str, writer: int, count: int, pause: float) -> list[float]:
    """Milliseconds from handing one event in until it is durable."""
    ledger, waits = open_ledger(url, ManualClock()), []
    for number in range(count):
        contact_id = ledger.identity.contact_id(f"+1212{212 + writer}{number:04}")
        opted_out = ContactOptedOut(
            originator_id=contact_id,
            originator_version=1,
            actor="benchmark",
            source="staff",
            private=None,
        )
        began = time.perf_counter()
        ledger.execute(AppendEvents([opted_out])).result()
        waits.append(1000 * (time.perf_counter() - began))
        time.sleep(pause)
    close_ledger(ledger)
    return waits


# From commit to visible.


def _delays(setting: Setting, kind: str, projecting: _Projecting) -> list[float]:
    url = setting.new_url(kind)
    build(url, setting.scale.waits, with_callbacks=False)
    with opened(url) as world:
        world.app.views.catch_up()
        with projecting(setting, world, url):
            return [_delay(world, text) for text in accepted(world)]


def _delay(world: World, text: Accepted) -> float:
    """Milliseconds from a callback's commit until the views have it."""
    form = form_of(text.sid, "sent")
    token = world.app.ledger.identity.callback_token(text.delivery_id, 1)
    world.execute(world.callback_command(text.delivery_id, 1, token, form))
    seq = world.app.ledger.reader.head()
    began = time.perf_counter()
    while world.app.views.position().seq < seq:
        time.sleep(_LOOK_SECONDS)
    delay = 1000 * (time.perf_counter() - began)
    time.sleep(_PAUSE_SECONDS)
    return delay


@contextmanager
def _here(_setting: Setting, world: World, _url: str) -> Iterator[None]:
    stop = threading.Event()
    projector = threading.Thread(target=keep_views, args=[world.app, stop])
    projector.start()
    try:
        yield
    finally:
        stop.set()
        projector.join()


@contextmanager
def _elsewhere(setting: Setting, _world: World, url: str) -> Iterator[None]:
    school = School(setting.new_folder(), reserve_port(), settings=environment(url))
    with school.running("serve", "--port", str(school.port)):
        yield


_PLACES: Mapping[str, tuple[float, _Projecting]] = {
    "within one process": (10, _here),
    "from one process to another": (50, _elsewhere),
}
