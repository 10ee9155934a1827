"""Totals of all campaigns, for monitoring; each is read from few rows, whatever the ledger's size.

Deliveries are counted by the rows of campaigns, which have their counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from ledger.store.engine import reading
from projections.campaigns.worklist import oldest_due
from projections.tables.campaigns import campaigns_at
from projections.tables.schema import campaigns, standings

_STATUSES = tuple(DeliveryStatus)
_campaign = campaigns_at().c
_LISTED_STATES = (
    sa.select(_campaign.state, sa.func.count().label("campaigns"))
    .where(_campaign.is_listed)
    .group_by(_campaign.state)
)
_DELIVERIES = sa.select(*(sa.func.sum(campaigns.c[status.value]) for status in _STATUSES))
_UNSETTLED = sa.select(sa.func.count(), sa.func.min(standings.c.unsettled_since)).where(
    standings.c.unsettled_since.is_not(None)
)
_UNDECIDED = sa.select(sa.func.count()).where(standings.c.undecided_since.is_not(None))


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Counts of all campaigns at a moment."""

    deliveries: Mapping[DeliveryStatus, int]
    campaigns: Mapping[CampaignState, int]
    """Without the campaign of replies."""
    due_since: datetime | None
    """Since when the text that has waited longest could have been sent; None: none is due."""
    unsettled: int
    """Attempts without an outcome."""
    unsettled_since: datetime | None
    """When the oldest of them started."""
    undecided: int
    """Texts that staff must decide about."""


class TotalsQueries:
    """Queries of totals."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def at(self, now: datetime) -> Totals:
        """Return the totals; `now` says what is due. Raises `StoreUnavailable`."""
        with reading(self._engine) as connection:
            sums = connection.execute(_DELIVERIES).one()
            states = {row.state: row.campaigns for row in connection.execute(_LISTED_STATES)}
            unsettled, since = connection.execute(_UNSETTLED).one()
            undecided: int = connection.scalar(_UNDECIDED) or 0
            due_since = oldest_due(connection, now)
        return Totals(
            deliveries={
                status: int(count or 0) for status, count in zip(_STATUSES, sums, strict=True)
            },
            campaigns={state: states.get(state.value, 0) for state in CampaignState},
            due_since=due_since,
            unsettled=unsettled,
            unsettled_since=None if since is None else from_microseconds(since),
            undecided=undecided,
        )
