"""What must hold of a ledger and its views whatever befell them; each check names what is wrong."""

from collections import Counter

import sqlalchemy as sa

from kit.world import World
from ledger.domain.events import CallbackReceived
from ledger.ledger import Ledger
from ledger.store.engine import reading
from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import leaf_of
from ledger.store.rows import EventRow
from ledger.store.schema import ledger_head

_PART = 10_000


def check_ledger(ledger: Ledger) -> list[EventRow]:
    """Seqs and versions are contiguous, times never fall, leaves and head are right: the rows."""
    rows = ledger.recorder.select_rows()
    assert [row.id for row in rows] == list(range(1, len(rows) + 1))
    assert ledger.reader.head() == len(rows)
    versions: Counter[str] = Counter()
    for row in rows:
        versions[str(row.originator_id)] += 1
        assert row.originator_version == versions[str(row.originator_id)], row.id
        assert row.leaf == _leaf_again(row), row.id
    times = [row.recorded_at for row in rows]
    assert times == sorted(times)
    frontier = Frontier.from_bytes(0, b"").extended(row.leaf for row in rows)
    assert _head(ledger) == (len(rows), times[-1] if rows else 0, frontier.to_bytes())
    return rows


def check_world(world: World) -> None:
    """The ledger is sound, and its views, read on to the head, are what a rebuild would give."""
    check_ledger(world.app.ledger)
    world.catch_up()
    assert world.app.views.position().seq == world.app.ledger.reader.head()
    assert list(world.app.views.differences()) == []


def marks(ledger: Ledger) -> Counter[str]:
    """How often each `Mark` that a callback bore is in the ledger."""
    found: Counter[str] = Counter()
    after, head, topics = 0, ledger.reader.head(), [CallbackReceived.topic]
    while entries := ledger.reader.events(after, _PART, head, topics):
        after = entries[-1].seq
        events = [entry.event for entry in entries]
        forms = [dict(e.private.parameters) for e in events if isinstance(e, CallbackReceived)]
        found.update(form["Mark"] for form in forms if "Mark" in form)
    return found


def _leaf_again(row: EventRow) -> bytes:
    place = (row.id, row.originator_id, row.originator_version, row.topic, row.recorded_at)
    return leaf_of((*place, *row.columns.values()), row.state)


def _head(ledger: Ledger) -> tuple[int, int, bytes]:
    with reading(ledger.recorder._engine) as connection:
        found = connection.execute(sa.select(ledger_head)).one()
    return found.seq, found.recorded_at, found.frontier
