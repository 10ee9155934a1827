"""The SQL of the selection panel: each correspondent with its latest message, now or at a past seq.

For the past the latest message is computed from the events, as nothing about it is stored.
"""

from typing import Any

import sqlalchemy as sa

from projections.conversations.tables import correspondents, inbound_texts
from projections.engine.ledger_events import events
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import Column, Until, facts_until
from projections.tables.schema import enrolments, standings


def listed(until: Until) -> sa.Select[Any]:
    """Every correspondent with its latest delivery; NULL where the latest message is inbound."""
    latest: sa.FromClause = correspondents if until is None else _latest_at(until)
    event, of_launch = events.alias("event"), enrolments.alias("of_launch")
    delivery_id = (
        sa.select(of_launch.c.delivery_id)
        .where(
            of_launch.c.campaign_id == event.c.campaign_id,
            of_launch.c.contact_id == latest.c.contact_id,
        )
        .order_by(of_launch.c.seq.desc())  # else SQLite scans the campaign instead of the contact
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(
        latest,
        sa.func.coalesce(event.c.delivery_id, delivery_id).label("delivery_id"),
    ).outerjoin(event, event.c.seq == latest.c.last_seq)


def listed_of(campaign_id: Column, until: Until) -> sa.Select[Any]:
    """Every contact of a launched campaign with its delivery there."""
    last: sa.FromClause = standings if until is None else _last_facts_at(campaign_id, until)
    campaign = campaigns_at(until)
    return (
        sa.select(
            enrolments.c.contact_id,
            last.c.last_seq,
            last.c.delivery_id,
        )
        .join_from(last, enrolments, enrolments.c.delivery_id == last.c.delivery_id)
        .join(campaign, campaign.c.campaign_id == last.c.campaign_id)
        .where(last.c.campaign_id == campaign_id)
    )


def was_correspondent(contact_id: Column, until: int | Column) -> sa.ColumnElement[bool]:
    """Whether a launched campaign had texted the contact by then, or the contact had written."""
    campaign = campaigns_at(until)
    texted = (
        sa.exists()
        .where(enrolments.c.contact_id == contact_id)
        .where(campaign.c.campaign_id == enrolments.c.campaign_id)
    )
    wrote = sa.exists().where(
        inbound_texts.c.contact_id == contact_id, inbound_texts.c.seq <= until
    )
    return texted | wrote


def _latest_at(until: int | Column) -> sa.Subquery:
    """What `correspondents` held right after a seq."""
    fact, text, campaign = events.c, inbound_texts.c, campaigns_at(until)
    seq = sa.case((fact.seq > campaign.c.launched_seq, fact.seq), else_=campaign.c.launched_seq)
    texted = (
        sa.select(fact.contact_id, sa.func.max(seq).label("seq"))
        .join_from(events, campaign, campaign.c.campaign_id == fact.campaign_id)
        .where(*facts_until(fact, until))
        .group_by(fact.contact_id)
    )
    wrote = (
        sa.select(text.contact_id, sa.func.max(text.seq).label("seq"))
        .where(text.seq <= until)
        .group_by(text.contact_id)
    )
    both = sa.union_all(texted, wrote).subquery("both")
    query = sa.select(both.c.contact_id, sa.func.max(both.c.seq).label("last_seq"))
    return query.group_by(both.c.contact_id).subquery("latest")


def _last_facts_at(campaign_id: Column, until: int | Column) -> sa.Subquery:
    """The seq of each delivery's last fact in the campaign, as `standings` held it."""
    fact = events.c
    query = sa.select(
        fact.delivery_id, fact.campaign_id, sa.func.max(fact.seq).label("last_seq")
    ).where(fact.campaign_id == campaign_id, *facts_until(fact, until))
    return query.group_by(fact.delivery_id, fact.campaign_id).subquery("last_fact")
