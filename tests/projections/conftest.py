"""Fixtures of the views' tests."""

import pytest

from kit.telling import Telling
from projections.views import scratch_engine


@pytest.fixture
def tell(ledger):
    """Tells the ledger events, and shows the rows that the views make of them."""
    with scratch_engine() as engine:
        yield Telling(ledger, engine)
