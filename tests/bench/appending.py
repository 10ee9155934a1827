"""Durable appends in batches of 500: against the driver alone, the library, its extension."""

import json
import os
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from bench import stock
from bench.measuring import Figure, Reach, Seconds, figure, in_turn, not_run, times
from bench.setting import Setting
from kit.clock import ManualClock
from kit.store import open_recorder
from ledger.store.recorder import LedgerRecorder
from ledger.store.rows import TYPED_COLUMNS, EventBatch, TypedEvent
from ledger.store.schema import events
from ledger.store.store import Values

BATCH = 500
STATE_BYTES = 400

_WHAT = "durable append, {}"
_OURS = "leaf, frontier, look-ups of versions and dedupe keys included; events encoded beforehand"
_STOCK = (
    "its table holds 4 columns and its primary key; ours 18 columns and 8 indexes more, 5 of them "
    "partial"
)
_REACH_OF_RAW = {"SQLite": Reach(0.8), "PostgreSQL": Reach(0.7)}
_RAW = {"SQLite": "raw executemany of the same rows", "PostgreSQL": "raw COPY of the same rows"}
_EXTENSION = "its SQLAlchemy extension"


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    yield from _on(setting, "SQLite")
    if setting.why_no_postgres:
        yield not_run(_WHAT.format("PostgreSQL"), _RAW["PostgreSQL"], setting.why_no_postgres)
    else:
        yield from _on(setting, "PostgreSQL")


def _on(setting: Setting, kind: str) -> Iterator[Figure]:
    count = setting.scale.rounds
    rounds = _measure(setting, kind)
    what = _WHAT.format(kind)
    per_second = setting.scale.batches * BATCH / sorted(rounds["ours"])[count // 2]
    ours = f"{_OURS}; {per_second:,.0f} events a second"
    ratio = times(rounds["raw"], rounds["ours"])
    yield figure(what, _RAW[kind], _REACH_OF_RAW[kind], ratio, ours)
    ratio = times(rounds["stock"], rounds["ours"])
    yield figure(what, "the library's recorder", Reach(3), ratio, _STOCK)
    if kind == "SQLite" and setting.extension_python:
        ratio = times(rounds["extension"], rounds["ours"])
        yield figure(what, _EXTENSION, Reach(6), ratio, "in a venv of its own: SQLAlchemy 2.0")
    elif kind == "SQLite":
        why = "it wants SQLAlchemy below 2.1; name a venv that has it with `--extension-python`"
        yield not_run(what, _EXTENSION, why)


def _measure(setting: Setting, kind: str) -> Seconds:
    scale = setting.scale
    batches = [[_events() for _ in range(scale.batches)] for _ in range(scale.rounds)]
    plain = [[[_plain(event) for event in part] for part in each] for each in batches]
    rows = [_rows_of(setting.new_url(kind), each) for each in batches]
    with ExitStack() as opened:

        def recorders() -> list[LedgerRecorder]:
            found = [open_recorder(setting.new_url(kind), ManualClock()) for _ in batches]
            for recorder in found:
                opened.callback(recorder._engine.dispose)
            return found

        ours, raws = recorders(), recorders()
        stocks = [opened.enter_context(stock.recorder(setting.new_url(kind))) for _ in batches]
        works = {
            "ours": lambda n: _append(ours[n], batches[n]),
            "raw": lambda n: _append_raw(raws[n], rows[n]),
            "stock": lambda n: stock.append(stocks[n], plain[n]),
        }
        if kind == "SQLite" and setting.extension_python:
            works["extension"] = lambda _: _extension(setting)
        return in_turn(works, scale.rounds)


def _events() -> list[TypedEvent]:
    """A batch of callbacks, each the first of its stream."""
    return [_event(uuid.uuid4().hex) for _ in range(BATCH)]


def _event(name: str) -> TypedEvent:
    columns = dict.fromkeys(TYPED_COLUMNS) | {
        "actor": "twilio",
        "campaign_id": "cam_aaaaaaaaaaaaaaaaaaaaaaaa",
        "delivery_id": f"del_{name[:24]}",
        "contact_id": f"con_{name[:24]}",
        "turn": 1,
        "rank": 19,
        "sid": f"SM{name}",
        "dedupe": name[:24],
    }
    place = str(columns["delivery_id"])
    return TypedEvent(place, 1, "CallbackReceived", os.urandom(STATE_BYTES), columns)


def _plain(event: TypedEvent) -> StoredEvent:
    """The same as the library's recorders want it: named by a UUID."""
    return StoredEvent(uuid.uuid4(), event.originator_version, event.topic, event.state)


def _append(recorder: LedgerRecorder, batches: Sequence[Sequence[TypedEvent]]) -> None:
    for batch in batches:
        recorder.append(EventBatch(stored_events=batch))


def _rows_of(url: str, batches: Sequence[Sequence[TypedEvent]]) -> list[list[Values]]:
    """The same as ready rows, leaf included, in the same batches."""
    recorder = open_recorder(url, ManualClock())
    try:
        _append(recorder, batches)
        with recorder._engine.connect() as connection:
            found = connection.execute(sa.select(events).order_by(events.c.seq))
            return [[tuple(row) for row in part] for part in found.partitions(BATCH)]
    finally:
        recorder._engine.dispose()


def _append_raw(recorder: LedgerRecorder, batches: Sequence[list[Values]]) -> None:
    """Handed to the driver ready-made, through the same door: the rows and nothing else."""
    store = recorder._store
    for batch in batches:
        with store.writing() as connection:
            store.insert(connection, events, batch)


def _extension(setting: Setting) -> float:
    """Seconds for as many events, measured by a process of the other venv."""
    script = Path(__file__).with_name("extension.py")
    url = setting.new_url("SQLite")
    size = (str(setting.scale.batches), str(BATCH), str(STATE_BYTES))
    done = subprocess.run(
        [str(setting.extension_python), str(script), url, *size],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds: float = json.loads(done.stdout)
    return seconds
