"""What the sender has to do, as the status projection knows it."""

from datetime import datetime

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.standing import Stage, stage_of
from ledger.store.engine import reading
from ledger.vocabulary import CampaignState
from ledger.worklist import DoubtfulAttempt
from projections.status.tables import campaigns, deliveries

_MOST_DOUBTS = 1000


class StatusWorklist:
    """Reads what is due and what is in doubt."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def due(self, now: datetime, limit: int) -> list[str]:
        """Deliveries of sending campaigns that may be attempted by then, longest due first."""
        query = (
            sa.select(deliveries.c.delivery_id)
            .join(campaigns, campaigns.c.campaign_id == deliveries.c.campaign_id)
            .where(
                campaigns.c.state == CampaignState.SENDING,
                deliveries.c.due_at <= to_microseconds(now),
            )
            .order_by(deliveries.c.due_at, deliveries.c.position)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def in_doubt(self) -> list[DoubtfulAttempt]:
        """The attempts without an outcome, oldest first."""
        columns = deliveries.c
        query = (
            sa.select(columns.delivery_id, columns.turn, columns.doubt_since, columns.late_rank)
            .where(columns.doubt_since.is_not(None))
            .order_by(columns.doubt_since)
            .limit(_MOST_DOUBTS)
        )
        with reading(self._engine) as connection:
            return [
                DoubtfulAttempt(
                    delivery_id=row.delivery_id,
                    turn=row.turn,
                    started_at=from_microseconds(row.doubt_since),
                    is_recorded=stage_of(row.late_rank) is Stage.UNKNOWN,
                )
                for row in connection.execute(query)
            ]
