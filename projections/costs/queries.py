"""What pages, reports and the sender ask of costs, now or as of a past seq."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.domain.events import AttemptAccepted
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.text_prices import TextPrice
from ledger.sending.worklist import SentText
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from projections.costs.statements import EVERY_SEQ, LAST_COSTS, UNTIL
from projections.costs.tables import cost_changes
from projections.engine.ledger_events import events
from projections.tables.offices import is_of_seen_campaign, sees_campaign


@dataclass(frozen=True)
class Cost:
    """What texts cost, in one currency."""

    currency: str
    texts: int
    segments: int
    cost_millionths: int


_change = cost_changes.c
_SUMS = [
    sa.func.sum(_change[name]).label(name) for name in ("texts", "segments", "cost_millionths")
]
_COSTS = (
    sa.select(_change.campaign_id, _change.currency, *_SUMS)
    .where(_change.seq <= UNTIL)
    .group_by(_change.campaign_id, _change.currency)
    .order_by(_change.campaign_id, _change.currency)
)
_PRICED = sa.select(sa.func.sum(_change.texts))
_ACCEPTED = sa.select(sa.func.count()).where(
    events.c.campaign_id == sa.bindparam("campaign"),
    events.c.topic == AttemptAccepted.topic,
    events.c.seq <= UNTIL,
)
_ACCEPTED_OF_ALL = (
    sa.select(events.c.campaign_id, sa.func.count().label("texts"))
    .where(
        events.c.topic == AttemptAccepted.topic,
        events.c.campaign_id.is_not(None),
        events.c.seq <= UNTIL,
    )
    .group_by(events.c.campaign_id)
)
_OF_DELIVERIES = (
    sa.select(
        LAST_COSTS.c.delivery_id,
        LAST_COSTS.c.currency,
        sa.func.count().label("texts"),
        sa.func.sum(LAST_COSTS.c.segments).label("segments"),
        sa.func.sum(LAST_COSTS.c.cost_millionths).label("cost_millionths"),
    )
    .where(LAST_COSTS.c.age == 1)
    .group_by(LAST_COSTS.c.delivery_id, LAST_COSTS.c.currency)
    .order_by(LAST_COSTS.c.delivery_id, LAST_COSTS.c.currency)
)
_TEXTS = (
    sa.select(events.c.sid, events.c.delivery_id, events.c.campaign_id)
    .where(
        in_list(events.c.sid, "sids"),
        events.c.sid.is_not(None),
        events.c.delivery_id.is_not(None),
        events.c.campaign_id.is_not(None),
    )
    .distinct()
)


class CostQueries:
    """Queries of costs, in the campaigns that the scope sees."""

    def __init__(
        self, engine: sa.Engine, *, until: int = EVERY_SEQ, scope: Scope = EVERYTHING
    ) -> None:
        self._engine, self._until, self._scope = engine, until, scope

    def as_of(self, seq: int) -> "CostQueries":
        """Return the same queries as of a past seq."""
        return CostQueries(self._engine, until=seq, scope=self._scope)

    def of_campaigns(self) -> dict[str, list[Cost]]:
        """Return campaign id → its costs in each currency, of the campaigns that have any."""
        query = _COSTS.where(is_of_seen_campaign(self._scope, _change.campaign_id))
        return self._costs(query, {})

    def of_campaign(self, campaign_id: str) -> list[Cost]:
        """Return the costs of one campaign, in each currency."""
        query = _COSTS.where(
            _change.campaign_id == sa.bindparam("campaign"),
            is_of_seen_campaign(self._scope, _change.campaign_id),
        )
        return self._costs(query, {"campaign": campaign_id}).get(campaign_id, [])

    def _costs(
        self, query: sa.Select[tuple[object, ...]], more: Mapping[str, str]
    ) -> dict[str, list[Cost]]:
        costs: dict[str, list[Cost]] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query, {"until": self._until, **more}):
                numbers = int(row.texts), int(row.segments), int(row.cost_millionths)
                if any(numbers):
                    costs.setdefault(row.campaign_id, []).append(Cost(row.currency, *numbers))
        return costs

    def accepted_of(self, campaign_id: str) -> int:
        """Return how many texts of a campaign Twilio had accepted; it reads all its events.

        It is for the past: of the present, the view of silence has counted them.
        """
        with reading(self._engine) as connection:
            if not sees_campaign(connection, self._scope, campaign_id):
                return 0
            parameters = {"campaign": campaign_id, "until": self._until}
            return connection.execute(_ACCEPTED, parameters).scalar_one()

    def accepted(self) -> dict[str, int]:
        """Return campaign id → how many texts Twilio had accepted; it reads all events."""
        query = _ACCEPTED_OF_ALL.where(is_of_seen_campaign(self._scope, events.c.campaign_id))
        with reading(self._engine) as connection:
            rows = connection.execute(query, {"until": self._until})
            return {row.campaign_id: row.texts for row in rows}

    def of_deliveries(
        self, campaign_id: str, delivery_ids: Collection[str]
    ) -> dict[str, list[Cost]]:
        """Return delivery → the costs of its texts in each currency, of those that have any."""
        costs: dict[str, list[Cost]] = {}
        parameters = {"deliveries": delivery_ids, "until": self._until}
        with reading(self._engine) as connection:
            if not sees_campaign(connection, self._scope, campaign_id):
                return {}
            for row in connection.execute(_OF_DELIVERIES, parameters):
                cost = Cost(
                    row.currency, row.texts, int(row.segments or 0), int(row.cost_millionths)
                )
                costs.setdefault(row.delivery_id, []).append(cost)
        return costs

    def priced_texts(self) -> int:
        """Return how many texts have a price, in all campaigns."""
        with reading(self._engine) as connection:
            return int(connection.scalar(_PRICED) or 0)

    def sent_texts(self, sids: Collection[str]) -> dict[str, SentText]:
        """Return SID → what this ledger recorded about the text; other SIDs are left out."""
        with reading(self._engine) as connection:
            texts = connection.execute(_TEXTS, {"sids": sids}).all()
            query = sa.select(LAST_COSTS).where(LAST_COSTS.c.age == 1)
            deliveries = [row.delivery_id for row in texts]
            parameters = {"deliveries": deliveries, "until": EVERY_SEQ}
            priced = {row.sid: row for row in connection.execute(query, parameters)}
        return {
            text.sid: SentText(
                campaign_id=text.campaign_id,
                price=TextPrice(row.segments, row.cost_millionths, row.currency) if row else None,
                price_seq=row.seq if row else 0,
            )
            for text in texts
            for row in [priced.get(text.sid)]
        }
