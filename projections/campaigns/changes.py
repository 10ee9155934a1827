"""The SQL of what changed between two moments: contacts, and the number of events."""

import sqlalchemy as sa

from ledger.domain.events import ACCESS_TOPICS
from projections.engine.ledger_events import events
from projections.tables.contacts import opted_out_at
from projections.tables.facts import FactScope
from projections.tables.schema import enrolments
from projections.tables.standings import standings_at


def changed_contacts(before: FactScope | None, after: FactScope) -> sa.Select[str]:
    """Return the query of the deliveries whose contacts are shown otherwise at the later moment.

    A contact is shown otherwise if its status, its reason or its opt-out differs, or if its
    campaign was not launched by the earlier moment, where `before` is None. They are in the order
    of the contact file.
    """
    now = standings_at(after).subquery("now")
    query = (
        sa.select(now.c.delivery_id)
        .join_from(now, enrolments, enrolments.c.delivery_id == now.c.delivery_id)
        .order_by(now.c.position)
    )
    if before is None:
        return query
    then, contact_id = standings_at(before).subquery("then"), enrolments.c.contact_id
    was_opted_out, is_opted_out = (
        opted_out_at(contact_id, scope.until) for scope in (before, after)
    )
    differs = sa.or_(
        then.c.delivery_id.is_(None),
        then.c.status != now.c.status,
        then.c.reason.is_distinct_from(now.c.reason),
        was_opted_out != is_opted_out,
    )
    return query.outerjoin(then, then.c.delivery_id == now.c.delivery_id).where(differs)


def event_count(campaign_id: str, after: int, until: int) -> sa.Select[int]:
    """Return the query of the number of the campaign's events after a seq, up to another.

    The record of access does not count.
    """
    return sa.select(sa.func.count()).where(
        events.c.campaign_id == campaign_id,
        events.c.seq > after,
        events.c.seq <= until,
        events.c.topic.not_in(sorted(ACCESS_TOPICS)),
    )
