"""The statements that projection and queries of costs share."""

from collections.abc import Collection

import sqlalchemy as sa

from ledger.domain.text_prices import TextPrice
from ledger.store.in_list import in_list
from projections.costs.tables import text_costs
from projections.engine.ledger_events import events

UNTIL = sa.bindparam("until", type_=sa.BigInteger)
EVERY_SEQ = 2**62
"""For a statement with `until` that counts everything."""

_DELIVERIES = (
    sa.select(events.c.sid, events.c.delivery_id)
    .where(
        in_list(events.c.sid, "sids"),
        events.c.sid.is_not(None),
        events.c.campaign_id == sa.bindparam("campaign"),
        events.c.delivery_id.is_not(None),
        events.c.seq <= UNTIL,
    )
    .distinct()
)

LAST_COSTS = (
    sa.select(
        text_costs,
        sa.func.row_number()
        .over(
            partition_by=(text_costs.c.delivery_id, text_costs.c.sid),
            order_by=text_costs.c.seq.desc(),
        )
        .label("age"),
    )
    .where(in_list(text_costs.c.delivery_id, "deliveries"), text_costs.c.seq <= UNTIL)
    .subquery("last_costs")
)
"""The prices of the texts of some deliveries, up to a seq; `age` 1 is the one that counts."""


def deliveries_of(
    connection: sa.Connection, campaign_id: str, sids: Collection[str], until: int
) -> dict[str, str]:
    """Return SID → delivery, of the texts that the campaign has by that seq."""
    parameters = {"campaign": campaign_id, "sids": sids, "until": until}
    return {row.sid: row.delivery_id for row in connection.execute(_DELIVERIES, parameters)}


def last_prices(connection: sa.Connection, delivery_ids: Collection[str]) -> dict[str, TextPrice]:
    """Return SID → its last price, of the texts of these deliveries that have one."""
    query = sa.select(LAST_COSTS).where(LAST_COSTS.c.age == 1)
    rows = connection.execute(query, {"deliveries": delivery_ids, "until": EVERY_SEQ})
    return {row.sid: TextPrice(row.segments, row.cost_millionths, row.currency) for row in rows}
