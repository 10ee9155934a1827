"""What somebody of certain offices sees, in SQL: the one place of that rule for all views.

A text from a person belongs to the office of the text that it answers: the last one before it.
"""

from typing import Any

import sqlalchemy as sa

from ledger.domain.events import AttemptStarted
from ledger.domain.offices import Scope
from projections.engine.ledger_events import events
from projections.tables.schema import campaigns, enrolments

Condition = sa.ColumnElement[bool]


def in_scope(scope: Scope, office_id: sa.ColumnElement[Any]) -> Condition:
    """Whether what belongs to this office is seen; NULL is what belongs to no office."""
    if scope.office_ids is None:
        return sa.true()
    return office_id.in_(sorted(scope.office_ids))


def is_of_seen_campaign(scope: Scope, campaign_id: sa.ColumnElement[str]) -> Condition:
    """Whether a campaign is seen, also one that holds the replies of an office."""
    if scope.is_everything:
        return sa.true()
    campaign = campaigns.alias("seen_campaign")
    return sa.exists().where(
        campaign.c.campaign_id == campaign_id, in_scope(scope, campaign.c.office_id)
    )


def sees_campaign(connection: sa.Connection, scope: Scope, campaign_id: str) -> bool:
    """Whether a campaign is seen."""
    if scope.is_everything:
        return True
    return bool(connection.scalar(sa.select(is_of_seen_campaign(scope, sa.literal(campaign_id)))))


def is_seen_contact(scope: Scope, contact_id: sa.ColumnElement[str]) -> Condition:
    """Whether a person is in any campaign that is seen."""
    if scope.is_everything:
        return sa.true()
    enrolment, campaign = enrolments.alias("seen_enrolment"), campaigns.alias("seen_campaign")
    return sa.exists().where(
        enrolment.c.contact_id == contact_id,
        campaign.c.campaign_id == enrolment.c.campaign_id,
        in_scope(scope, campaign.c.office_id),
    )


def is_seen_text(
    scope: Scope, contact_id: sa.ColumnElement[str], seq: sa.ColumnElement[int]
) -> Condition:
    """Whether a text that a person sent answers one of an office that is seen."""
    if scope.is_everything:
        return sa.true()
    return in_scope(scope, office_of_text(contact_id, seq))


def office_of_text(
    contact_id: sa.ColumnElement[str], seq: sa.ColumnElement[int]
) -> sa.ColumnElement[str]:
    """The office of the last text that was on its way to a person before a seq; NULL: of none."""
    enrolment, campaign = enrolments.alias("answered"), campaigns.alias("answered_campaign")
    attempt = events.alias("answered_attempt")
    return (
        sa.select(campaign.c.office_id)
        .join_from(enrolment, campaign, campaign.c.campaign_id == enrolment.c.campaign_id)
        .join(attempt, attempt.c.stream_id == enrolment.c.delivery_id)
        .where(
            enrolment.c.contact_id == contact_id,
            attempt.c.topic == AttemptStarted.topic,
            attempt.c.seq < seq,
        )
        .order_by((attempt.c.seq + 0).desc())  # else SQLite scans the events backwards
        .limit(1)
        .correlate_except(enrolment, campaign, attempt)
        .scalar_subquery()
    )
