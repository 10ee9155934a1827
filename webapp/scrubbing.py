"""Removes what a destroyed key leaves behind outside the tables: pages in the write-ahead logs."""

from dataclasses import dataclass

from ledger.ledger import Ledger
from ledger.store.engine import scrub
from projections.engine.views import Views

_CATCH_UP_SECONDS = 1.0


@dataclass
class Scrubber:
    """Empties the logs of ledger and views once for each key epoch."""

    ledger: Ledger
    views: Views
    _scrubbed_epoch: int = -1

    def scrub(self) -> bool:
        """Return whether nothing is left; not while the views are behind or a reader uses a log."""
        epoch = self.ledger.reader.key_epoch()
        if epoch == self._scrubbed_epoch:
            return True
        if self.views.catch_up(_CATCH_UP_SECONDS):
            return False
        is_ledger_empty, are_views_empty = self.ledger.scrub(), scrub(self.views.engine)
        if not (is_ledger_empty and are_views_empty):
            return False
        self._scrubbed_epoch = epoch
        return True
