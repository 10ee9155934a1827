"""Fixtures of the views' tests."""

import pytest

from kit.store import ledger_file
from kit.telling import Telling
from projections.place import SqlitePlace


@pytest.fixture
def place(tmp_path):
    """Where views of the ledger of this test lie."""
    opened = SqlitePlace(f"sqlite:///{tmp_path / 'views.sqlite3'}", ledger_file(tmp_path))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def tell(ledger, place):
    """Tells the ledger events, and shows the rows that the views make of them."""
    return Telling(ledger, place)
