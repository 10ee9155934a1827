"""What the sender has to do, as the standings tell it."""

from collections.abc import Collection
from datetime import datetime
from itertools import islice, zip_longest

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.sending.worklist import CarriedText, DoubtfulAttempt, Mark
from ledger.standing import Stage, stage_of, turn_of
from ledger.store.among import among
from ledger.store.engine import reading
from ledger.vocabulary import CampaignState
from projections.shared.campaigns import campaigns_at
from projections.shared.tables import events, standings

_MOST_DOUBTS = 1000

_campaign_table = campaigns_at()
_campaign = _campaign_table.c
_SENDING = (
    sa.select(_campaign.campaign_id)
    .where(_campaign.state == CampaignState.SENDING)
    .order_by(_campaign.launched_seq)
)
_DUE = (
    sa.select(standings.c.delivery_id)
    .where(
        standings.c.campaign_id == sa.bindparam("campaign"),
        standings.c.due_at <= sa.bindparam("now", type_=sa.BigInteger),
        ~among(standings.c.delivery_id, "besides"),
    )
    .order_by(standings.c.due_at, standings.c.position)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)

_SID = (
    sa.select(events.c.sid)
    .where(
        events.c.campaign_id == standings.c.campaign_id,
        events.c.delivery_id == standings.c.delivery_id,
        events.c.rank == standings.c.rank,
        events.c.sid.is_not(None),
    )
    .order_by(events.c.seq)
    .limit(1)
    .scalar_subquery()
)
_CARRIED = (
    sa.select(standings.c.delivery_id, standings.c.carried_since, _SID.label("sid"))
    .join(_campaign_table, _campaign.campaign_id == standings.c.campaign_id)
    .where(
        standings.c.carried_since.is_not(None),
        sa.tuple_(standings.c.carried_since, standings.c.delivery_id)
        > sa.tuple_(sa.bindparam("since", type_=sa.BigInteger), sa.bindparam("delivery_id")),
        standings.c.carried_since <= sa.bindparam("until", type_=sa.BigInteger),
        _campaign.state != CampaignState.ARCHIVED,
    )
    .order_by(standings.c.carried_since, standings.c.delivery_id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


class StatusWorklist:
    """Reads what is due and what is in doubt."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def due(self, now: datetime, limit: int, besides: Collection[str] = ()) -> list[str]:
        """Deliveries that may be attempted by then, of each sending campaign in turn.

        Of a campaign the longest due comes first; those of `besides` are left out.
        """
        wanted = {"now": to_microseconds(now), "limit": limit, "besides": besides}
        with reading(self._engine) as connection:
            queues = [
                connection.scalars(_DUE, {"campaign": campaign_id, **wanted}).all()
                for campaign_id in connection.scalars(_SENDING).all()
            ]
        in_turn = (found for row in zip_longest(*queues) for found in row if found)
        return list(islice(in_turn, limit))

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

    def carried(
        self, after: Mark, until: datetime, limit: int, campaign_id: str | None = None
    ) -> list[CarriedText]:
        """The texts that the provider has since then, the oldest first; archived ones left out."""
        query = _CARRIED
        if campaign_id is not None:
            query = query.where(standings.c.campaign_id == campaign_id)
        bounds = {
            "since": to_microseconds(after.since),
            "delivery_id": after.delivery_id,
            "until": to_microseconds(until),
            "limit": limit,
        }
        with reading(self._engine) as connection:
            return [
                CarriedText(Mark(from_microseconds(row.carried_since), row.delivery_id), row.sid)
                for row in connection.execute(query, bounds)
            ]
