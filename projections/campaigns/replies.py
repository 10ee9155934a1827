"""Which contacts of a campaign sent a text after they had been sent the campaign's text.

Nothing is stored for it; the statement reads the typed columns of the ledger's events.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from ledger.domain.events import AttemptAccepted, InboundReceived
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.standing import TOP
from ledger.domain.vocabulary import CampaignState
from ledger.store.engine import reading
from ledger.store.schema import IS_RARE
from projections.engine.ledger_events import events
from projections.tables.offices import sees_campaign
from projections.tables.schema import campaign_acts, enrolments

_text, _accepted = events.alias("text"), events.alias("accepted")
_UNTIL = sa.bindparam("until", type_=sa.BigInteger)
_CAMPAIGN = sa.bindparam("campaign", type_=sa.Text)
_accepted_seq = (
    sa.select(sa.func.min(_accepted.c.seq))
    .where(
        _accepted.c.campaign_id == _CAMPAIGN,
        _accepted.c.delivery_id == enrolments.c.delivery_id,
        _accepted.c.topic == AttemptAccepted.topic,
    )
    .scalar_subquery()
)
_delivered, _archive = events.alias("delivered"), campaign_acts.alias("archive").c
_archived_seq = sa.select(sa.func.min(_archive.seq)).where(
    _archive.campaign_id == _CAMPAIGN, _archive.state == CampaignState.ARCHIVED
)
_is_delivered = sa.exists().where(
    _delivered.c.campaign_id == _CAMPAIGN,
    _delivered.c.delivery_id == enrolments.c.delivery_id,
    _delivered.c.rank >= TOP,
    _delivered.c.seq <= _UNTIL,
    _delivered.c.seq <= sa.func.coalesce(_archived_seq.scalar_subquery(), _UNTIL),
)
_REPLIED = (
    sa.select(enrolments.c.delivery_id, _is_delivered.label("is_delivered"))
    .distinct()
    .join_from(_text, enrolments, enrolments.c.contact_id == _text.c.contact_id)
    .where(
        sa.literal_column(IS_RARE.replace("topic", "text.topic")),
        _text.c.topic == InboundReceived.topic,
        _text.c.seq <= _UNTIL,
        enrolments.c.campaign_id == _CAMPAIGN,
        _text.c.seq > _accepted_seq,
    )
)


class ReplyQueries:
    """Queries of replies to campaigns; a reply to a later campaign counts for the earlier too."""

    def __init__(self, engine: sa.Engine, scope: Scope = EVERYTHING) -> None:
        self._engine, self._scope = engine, scope

    def replied(self, campaign_id: str, until: int) -> Mapping[str, bool]:
        """Return the deliveries whose contacts had replied right after that seq.

        The value says whether the text was delivered, as far as its status shows it.
        """
        with reading(self._engine) as connection:
            if not sees_campaign(connection, self._scope, campaign_id):
                return {}
            rows = connection.execute(_REPLIED, {"campaign": campaign_id, "until": until})
            return {row.delivery_id: bool(row.is_delivered) for row in rows}
