"""Durable appends in batches of 500, against the driver alone and against the stock library."""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from bench.measuring import in_turn
from kit.clock import ManualClock
from kit.store import open_recorder
from ledger.store.recorder import LedgerRecorder
from ledger.store.rows import TYPED_COLUMNS, Batch, TypedEvent
from ledger.store.schema import events
from ledger.store.store import Values

BATCH, BATCHES = 500, 20


def stored_events(round_number: int, batch: int) -> list[TypedEvent]:
    """A batch of a callback's size, none of its streams known before."""
    found = []
    for number in range(BATCH):
        delivery = f"del_{round_number:02}_{batch:04}_{number:04}_{uuid.uuid4().hex[:8]}"
        columns = dict.fromkeys(TYPED_COLUMNS) | {
            "actor": "twilio",
            "campaign_id": "cam_aaaaaaaaaaaaaaaaaaaaaaaa",
            "delivery_id": delivery,
            "contact_id": delivery.replace("del", "con"),
            "turn": 1,
            "rank": 19,
            "sid": f"SM{uuid.uuid4().hex}",
            "dedupe": uuid.uuid4().hex[:24],
        }
        found.append(TypedEvent(delivery, 1, "CallbackReceived", os.urandom(400), columns))
    return found


@contextmanager
def _recorder(url: str) -> Iterator[LedgerRecorder]:
    recorder = open_recorder(url, ManualClock())
    yield recorder
    recorder._engine.dispose()


def _ours(recorder: LedgerRecorder, batches: list[list[TypedEvent]]) -> None:
    for batch in batches:
        recorder.append(Batch(stored_events=batch))


def _raw(recorder: LedgerRecorder, rows: list[list[Values]]) -> None:
    """The same rows in the same batches, handed to the driver ready-made."""
    for batch in rows:
        with recorder._store.writing() as connection:
            recorder._store.insert(connection, events, batch)


def _ready_rows(recorder: LedgerRecorder) -> list[list[Values]]:
    with recorder._engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.select(events).order_by("seq"))]
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def _stock(recorder: ApplicationRecorder, batches: list[list[StoredEvent]]) -> None:
    for batch in batches:
        recorder.insert_events(batch)


def measure(new_url: Callable[[], str], new_stock: Callable[[], ApplicationRecorder]):
    batches = [[stored_events(r, b) for b in range(BATCHES)] for r in range(6)]

    def ours(number: int) -> None:
        _ours(recorders[number], batches[number])

    recorders = []
    for _ in range(6):
        recorders.append(open_recorder(new_url(), ManualClock()))
    _ours(recorders[5], batches[5])
    rows = _ready_rows(recorders[5])
    raws = [open_recorder(new_url(), ManualClock()) for _ in range(5)]
    stocks = [new_stock() for _ in range(5)]
    rounds = in_turn(
        {
            "ours": ours,
            "raw": lambda n: _raw(raws[n], rows),
            "stock": lambda n: _stock(stocks[n], batches[n]),
        }
    )
    for r in (*recorders, *raws):
        r._engine.dispose()
    return rounds


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        count = iter(range(1000))

        def url():
            return f"sqlite:///{folder}/{next(count)}.sqlite3"

        def stock():
            r = SQLiteApplicationRecorder(SQLiteDatastore(f"{folder}/{next(count)}.db"))
            r.create_table()
            return r

        rounds = measure(url, stock)
        print(
            "sqlite",
            {k: round(rounds.median(k), 3) for k in rounds.seconds},
            rounds.speed_against("ours", "raw"),
            rounds.speed_against("ours", "stock"),
        )
