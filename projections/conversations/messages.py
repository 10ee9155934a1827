"""Messages as rows: texts of launched campaigns, and inbound texts."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.offices import Scope
from ledger.errors import BadInput
from ledger.messages.message_variants import MessageTemplate, template_of
from projections.conversations.rows import MessageRow
from projections.conversations.tables import inbound_texts
from projections.tables.campaigns import campaigns_at, variants_in
from projections.tables.contacts import forgotten_at
from projections.tables.facts import Until
from projections.tables.offices import is_seen_text
from projections.tables.schema import contacts, enrolments, standings
from projections.tables.standings import standing_of


def sent(
    *where: sa.ColumnElement[bool],
    standing: sa.FromClause = standings,
    until: Until = None,
) -> sa.Select[Any]:
    """Return the query of deliveries of launched campaigns, the latest enrolment first.

    For a past seq, `standing` has the rows of `standings_at` that seq.
    """
    campaign = campaigns_at(until)
    return (
        sa.select(
            standing,
            enrolments.c.seq,
            enrolments.c.fields,
            enrolments.c.confirm_before,
            campaign.c.name.label("campaign_name"),
            campaign.c.message,
            campaign.c.message_variants,
            campaign.c.is_listed,
            campaign.c.office_id,
            forgotten_at(enrolments.c.seq).label("forgotten_at"),
        )
        .join_from(enrolments, standing, standing.c.delivery_id == enrolments.c.delivery_id)
        .join(campaign, campaign.c.campaign_id == enrolments.c.campaign_id)
        .outerjoin(contacts, contacts.c.contact_id == enrolments.c.contact_id)
        .where(*where)
        .order_by(enrolments.c.seq.desc())
    )


def inbound(*where: sa.ColumnElement[bool], scope: Scope) -> sa.Select[Any]:
    """Return the query of inbound texts, the latest first."""
    text = inbound_texts.c
    return (
        sa.select(
            inbound_texts.c.seq,
            inbound_texts.c.body,
            forgotten_at(inbound_texts.c.seq).label("forgotten_at"),
            is_seen_text(scope, text.contact_id, text.seq).label("is_seen"),
        )
        .outerjoin_from(
            inbound_texts, contacts, contacts.c.contact_id == inbound_texts.c.contact_id
        )
        .where(*where)
        .order_by(inbound_texts.c.seq.desc())
    )


def inbound_id(seq: int) -> str:
    """Return the message id of the inbound text with this seq."""
    return f"in_{seq}"


def inbound_message(row: Any) -> MessageRow:
    """Convert a row of `inbound`."""
    if not row["is_seen"]:
        return _of_other_office(inbound_id(row["seq"]), row["seq"], is_inbound=True)
    return MessageRow(
        message_id=inbound_id(row["seq"]),
        seq=row["seq"],
        last_seq=row["seq"],
        is_inbound=True,
        campaign_id=None,
        campaign_name=None,
        body=row["body"],
        standing=None,
        forgotten_at=_moment(row["forgotten_at"]),
    )


def sent_message(row: Any, scope: Scope) -> MessageRow:
    """Convert a row of `sent`, with its merge fields filled in."""
    if not scope.sees(row["office_id"]):
        return _of_other_office(row["delivery_id"], row["seq"], is_inbound=False)
    return MessageRow(
        message_id=row["delivery_id"],
        seq=row["seq"],
        last_seq=row["last_seq"],
        is_inbound=False,
        campaign_id=row["campaign_id"] if row["is_listed"] else None,
        campaign_name=row["campaign_name"] if row["is_listed"] else None,
        body=_merged(row["message"], row["message_variants"], row["fields"]),
        standing=standing_of(row),
        forgotten_at=_moment(row["forgotten_at"]),
        is_confirmation=row["confirm_before"] is not None,
    )


def _of_other_office(message_id: str, seq: int, *, is_inbound: bool) -> MessageRow:
    return MessageRow(
        message_id=message_id,
        seq=seq,
        last_seq=seq,
        is_inbound=is_inbound,
        campaign_id=None,
        campaign_name=None,
        body="",
        standing=None,
        forgotten_at=None,
        is_of_other_office=True,
    )


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


def _merged(message: str, variants: str | None, fields: str | None) -> str:
    """The text that the contact receives; empty once its merge fields are forgotten."""
    if fields is None:
        return ""
    template = _template(message, variants)
    return template.merge(msgspec.json.decode(fields, type=dict[str, str])) if template else message


@lru_cache(maxsize=64)
def _template(message: str, variants: str | None) -> MessageTemplate | None:
    try:
        return template_of(message, variants_in(variants))
    except BadInput:
        return None
