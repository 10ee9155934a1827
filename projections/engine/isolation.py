"""Finds the single events that make a range fail, and parks them, so that all others are applied.

Only somebody who wrote to the ledger by other means puts such an event there: one that is enrolled
twice, for example.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from projections.engine.applier import EventApplier, Progress
from projections.engine.projection import EventRange
from projections.engine.row_errors import is_about_rows


@dataclass(frozen=True)
class IsolatingApplier:
    """Applies a range whole, or its two halves where that fails, down to the single event."""

    applier: EventApplier

    def apply(
        self, connection: sa.Connection, event_range: EventRange, progress: Progress | None = None
    ) -> None:
        """Apply all events of the range that can be applied; see `RangeApplier`."""
        try:
            with connection.begin_nested():
                self.applier.apply(connection, event_range, progress)
        except Exception as error:
            if not is_about_rows(error):
                raise
            self._apply_parts(connection, event_range, progress)

    def _apply_parts(
        self, connection: sa.Connection, event_range: EventRange, progress: Progress | None
    ) -> None:
        after, until = event_range.after, event_range.until
        if until - after == 1:
            self.applier.park_inapplicable(connection, until)
            return
        middle = (after + until) // 2
        self.apply(connection, EventRange(after, middle), progress)
        self.apply(connection, EventRange(middle, until), progress)
