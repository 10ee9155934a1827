"""Every index of the views answers a statement of the program: each costs space and every write."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from kit.everything import everything
from ledger.store.schema import events

PAGE = Path(__file__).parents[2] / "docs/reference/indexes.md"


@pytest.fixture
def statements(world, provider, clock):
    """What the views' database is asked where everything happens once and every page is opened."""
    asked = {}

    def remember(_connection, _cursor, statement, parameters, _context, is_many):
        if not is_many and statement.startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
            asked.setdefault(statement, parameters)

    engine = world.app.views.engine
    sa.event.listen(engine, "before_cursor_execute", remember)
    shown = everything(world, provider, clock)
    for path in shown.paths(shown.seqs["delivery"]):
        shown.open(path)
    world.maintenance().run_once()
    world.sender().run_once()
    sa.event.remove(engine, "before_cursor_execute", remember)
    return asked


def indexes(world):
    with world.app.views.engine.connect() as connection:
        named = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        return set(connection.exec_driver_sql(named).scalars())


def test_every_index_of_the_views_is_used(world, statements):
    with world.app.views.engine.connect() as connection:
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
            for statement, parameters in statements.items()
        ]
    assert indexes(world) - set(re.findall(r"INDEX (\w+)", " ".join(plans))) == set()


def test_the_page_about_indexes_lists_each(world):
    named = set(re.findall(r"`(\w+)`", PAGE.read_text()))
    of_ledger = {index.name for index in events.indexes}
    assert (indexes(world) | of_ledger) - named == set()
