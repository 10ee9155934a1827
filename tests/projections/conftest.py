"""Fixtures of the views' tests."""

import pytest

from kit.telling import Telling, open_views_place


@pytest.fixture
def place(tmp_path, database_url):
    """Where views of their own lie, over the ledger of this test."""
    opened = open_views_place(database_url, tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def tell(ledger, place):
    """Tells the ledger events, and shows the rows that the views make of them."""
    return Telling(ledger, place)
