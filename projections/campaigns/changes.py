"""The SQL of what changed between two moments: contacts, and the number of events."""

import sqlalchemy as sa

from projections.engine.ledger_events import events
from projections.tables.contacts import opted_out_at
from projections.tables.schema import enrolments, standings
from projections.tables.standings import FactScope, standings_at


def changed_contacts(
    campaign_id: str,
    before: FactScope | None,
    after: FactScope | None,
    is_opted_out_otherwise: sa.ColumnElement[bool],
) -> sa.Select[str]:
    """Return the query of the deliveries whose contacts are shown otherwise at the later moment.

    A contact is shown otherwise if its status, its reason or its opt-out differs, or if its
    campaign was not launched by the earlier moment, where `before` is None. With `after` None the
    later moment is now. They are in the order of the contact file.
    """
    now: sa.FromClause = standings if after is None else standings_at(after).subquery("now")
    query = (
        sa.select(now.c.delivery_id)
        .join_from(now, enrolments, enrolments.c.delivery_id == now.c.delivery_id)
        .where(now.c.campaign_id == campaign_id)
        .order_by(now.c.position)
    )
    if before is None:
        return query
    then = standings_at(before).subquery("then")
    differs = sa.or_(
        then.c.delivery_id.is_(None),
        then.c.status != now.c.status,
        then.c.reason.is_distinct_from(now.c.reason),
        is_opted_out_otherwise,
    )
    return query.outerjoin(then, then.c.delivery_id == now.c.delivery_id).where(differs)


def opted_out_otherwise(seq: int, until: int | None) -> sa.ColumnElement[bool]:
    """Whether the contact of an enrolment was opted out at one of two moments only."""
    contact_id = enrolments.c.contact_id
    return opted_out_at(contact_id, seq) != opted_out_at(contact_id, until)


def event_count(campaign_id: str, after: int, until: int) -> sa.Select[int]:
    """Return the query of the number of the campaign's events after a seq, up to another."""
    return sa.select(sa.func.count()).where(
        events.c.campaign_id == campaign_id, events.c.seq > after, events.c.seq <= until
    )
