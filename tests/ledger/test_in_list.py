"""Lists of any length as one parameter, which use the index."""

import pytest
import sqlalchemy as sa

from kit.rows import batch, stored
from kit.store import open_recorder
from ledger.store.in_list import in_list
from ledger.store.schema import events

pytestmark = pytest.mark.both_databases

STREAMS = sa.select(events.c.seq).where(in_list(events.c.stream_id, "streams"))


@pytest.fixture
def connection(database_url, clock):
    """A ledger whose table has grown, and was never analysed."""
    recorder = open_recorder(database_url, clock)
    for start in range(1, 3000, 500):
        part = (stored(f"s{n}", sid=400 * "x") for n in range(start, start + 500))
        recorder.append(batch(*part))
    with recorder._engine.connect() as connection:
        yield connection
    recorder._engine.dispose()


def test_the_named_streams_are_returned_and_no_others(connection):
    seqs = connection.scalars(STREAMS, {"streams": ["s7", "s2000", "none", 'quo"ted']})
    assert sorted(seqs) == [7, 2000]


def test_no_stream_ids_return_nothing(connection):
    assert connection.scalars(STREAMS, {"streams": []}).all() == []


def test_the_query_uses_the_index(connection):
    asked = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    connection.execute(STREAMS, {"streams": ["s7", "s2000"]})
    explain, by_index = {
        "sqlite": ("EXPLAIN QUERY PLAN", "SEARCH events USING"),
        "postgresql": ("EXPLAIN", "Index Scan on events_stream_id_version_key"),
    }[connection.dialect.name]
    statement, parameters = asked[-1]
    plan = connection.exec_driver_sql(f"{explain} {statement}", parameters)
    assert by_index in "\n".join(str(row) for row in plan)
