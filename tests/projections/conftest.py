"""Fixtures of the views' tests."""

import pytest

from kit.telling import Telling, open_views


@pytest.fixture
def view_store(tmp_path, database_url):
    """Where views of their own lie, over the ledger of this test."""
    opened = open_views(database_url, tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def tell(ledger, view_store):
    """Tells the ledger events, and shows the rows that the views make of them."""
    return Telling(ledger, view_store)
