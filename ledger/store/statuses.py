"""The greatest ranks of deliveries at a seq, read from an index alone.

What a rank means is said in `ledger/domain/standing.py`.
"""

from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa

from ledger.domain.standing import GOOD, STAGE_MASK, TOP, Stage, rank, status_of
from ledger.domain.vocabulary import DeliveryStatus
from ledger.store.in_list import in_list
from ledger.store.schema import events

_FIRST, _LAST = rank(1, Stage.ENROLLED), TOP + max(GOOD)
_IS_FACT = (
    events.c.rank.between(_FIRST, _LAST)
    & (events.c.rank.bitwise_and(STAGE_MASK) <= int(max(Stage)))
    & (events.c.seq <= sa.bindparam("until", type_=sa.BigInteger))
    & (events.c.campaign_id == sa.bindparam("campaign", type_=sa.Text))
)
_GREATEST = (
    sa.select(events.c.delivery_id, sa.func.max(events.c.rank).label("rank"))
    .where(_IS_FACT)
    .group_by(events.c.delivery_id)
)
_OF_DELIVERIES = _GREATEST.where(in_list(events.c.delivery_id, "deliveries"))
_of_campaign = _GREATEST.subquery()
_STAGES = sa.select(
    _of_campaign.c.rank.bitwise_and(STAGE_MASK).label("stage"), sa.func.count().label("deliveries")
).group_by(sa.text("1"))


def greatest_ranks(
    connection: sa.Connection, campaign_id: str, delivery_ids: Collection[str], until: int
) -> dict[str, int]:
    """Return delivery → its greatest rank up to that seq, for those that have a fact by then."""
    parameters = {"campaign": campaign_id, "deliveries": delivery_ids, "until": until}
    return {row.delivery_id: row.rank for row in connection.execute(_OF_DELIVERIES, parameters)}


def status_counts(
    connection: sa.Connection, campaign_id: str, until: int
) -> Counter[DeliveryStatus]:
    """Return how many deliveries of a campaign had each status right after that seq."""
    counts: Counter[DeliveryStatus] = Counter()
    for row in connection.execute(_STAGES, {"campaign": campaign_id, "until": until}):
        counts[status_of(rank(1, Stage(row.stage)))] += row.deliveries
    return counts
