"""Fixtures of the views' tests."""

import pytest

from kit.telling import Telling, views_url
from projections.engine.view_store import open_view_store


@pytest.fixture
def place(tmp_path, database_url):
    """Where views of their own lie, over the ledger of this test."""
    opened = open_view_store(views_url(database_url, tmp_path), database_url, setting="test")
    yield opened
    opened.engine.dispose()


@pytest.fixture
def tell(ledger, place):
    """Tells the ledger events, and shows the rows that the views make of them."""
    return Telling(ledger, place)
