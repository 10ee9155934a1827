"""Fixtures of the views' tests."""

import pytest

from kit.recording import Recording, open_views


@pytest.fixture
def view_store(tmp_path, database_url):
    """A view store for the ledger of this test."""
    opened = open_views(database_url, tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def record(ledger, view_store):
    """Appends events to the ledger, and reads the rows of its views."""
    return Recording(ledger, view_store)
