"""What the sender has to do, as the standings tell it."""

from datetime import datetime

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.standing import Stage, stage_of, turn_of
from ledger.store.engine import reading
from ledger.vocabulary import CampaignState
from ledger.worklist import DoubtfulAttempt
from projections.shared.campaigns import campaigns_at
from projections.shared.tables import standings

_MOST_DOUBTS = 1000


class StatusWorklist:
    """Reads what is due and what is in doubt."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def due(self, now: datetime, limit: int) -> list[str]:
        """Deliveries of sending campaigns that may be attempted by then, longest due first."""
        campaign = campaigns_at()
        sending = sa.select(campaign.c.campaign_id).where(campaign.c.state == CampaignState.SENDING)
        query = (
            sa.select(standings.c.delivery_id)
            .where(standings.c.campaign_id.in_(sending), standings.c.due_at <= to_microseconds(now))
            .order_by(standings.c.due_at, standings.c.position)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def in_doubt(self) -> list[DoubtfulAttempt]:
        """The attempts without an outcome, oldest first."""
        columns = standings.c
        query = (
            sa.select(columns.delivery_id, columns.doubt_since, columns.late_rank)
            .where(columns.doubt_since.is_not(None))
            .order_by(columns.doubt_since)
            .limit(_MOST_DOUBTS)
        )
        with reading(self._engine) as connection:
            return [
                DoubtfulAttempt(
                    delivery_id=row.delivery_id,
                    turn=turn_of(row.late_rank),
                    started_at=from_microseconds(row.doubt_since),
                    is_recorded=stage_of(row.late_rank) is Stage.UNKNOWN,
                )
                for row in connection.execute(query)
            ]
