"""The tables that all pages share.

A status, a campaign's state and an opt-out at a seq are computed from these tables by the queries
in `standings.py`, `campaigns.py` and `contacts.py`. Only standings and counts are stored as well.
"""

from typing import Any

import sqlalchemy as sa

from ledger.store.partial_index import partial_index

metadata = sa.MetaData()

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("message_variants", sa.Text, comment="JSON; NULL: one wording"),
    sa.Column("is_listed", sa.Boolean, nullable=False, comment="false: answers by staff"),
    sa.Column("starts_at", sa.BigInteger),
    sa.Column("send_before", sa.BigInteger),
    sa.Column("send_window", sa.Text, comment="hours such as 08:00-21:00; NULL: the whole day"),
    sa.Column("office_id", sa.Text, comment="NULL: of the whole district"),
    sa.Column("is_urgent", sa.Boolean, nullable=False, comment="sent at any hour, before others"),
    sa.Column("held_until", sa.BigInteger, comment="end of the undo window; NULL: none"),
    sa.Column("delivered", sa.Integer, nullable=False),
    sa.Column("pending", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("in_flight", sa.Integer, nullable=False, comment="pending without a due attempt"),
    sa.Column("accounted_for", sa.Integer, nullable=False, comment="pending, no report expected"),
    sa.Column("followed_id", sa.Text, comment="the earlier campaign of a follow-up; NULL: none"),
    sa.Column("followed_part", sa.Text, comment="to which of its contacts this one goes"),
    sa.Column("followed_seq", sa.BigInteger, comment="the moment at which they were in that part"),
    sa.Column("followed_at", sa.BigInteger, comment="its time"),
    sa.Column("list_id", sa.Text, comment="the contact list that it went to; NULL: a file"),
    sa.Column("list_version", sa.Integer, comment="the version of that list"),
    sa.Index("campaigns_followed", "followed_id"),
    sa.Index("campaigns_list", "list_id"),
)

campaign_acts = sa.Table(
    "campaign_acts",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="of the campaign from this seq on"),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("failures", sa.Text, comment="JSON; of a pause after many failures"),
    sa.Column("stated_reason", sa.Text, comment="in the words of staff"),
    sa.Column("ends_undo_window", sa.Boolean, nullable=False),
    sa.Index("campaign_acts_campaign", "campaign_id", "seq"),
)
"""Launch, pause, resume, close, archive; a campaign without a launch is not listed or sent."""

enrolments = sa.Table(
    "enrolments",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("folded_name", sa.Text, nullable=False, comment="for search"),
    sa.Column("fields", sa.Text, comment="JSON; NULL: the key is destroyed"),
    sa.Column("school_ids", sa.Text, comment="JSON: kind of id → ids; NULL: none, or destroyed"),
    sa.Column("zone", sa.Text, nullable=False, comment="time zone, or several; empty: UTC"),
    sa.Column("confirm_before", sa.BigInteger, comment="only of a confirmation of an opt-out"),
    sa.Index("enrolments_position", "campaign_id", "position"),
    sa.Index("enrolments_contact", "contact_id", "seq"),
)

contact_files = sa.Table(
    "contact_files",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("id_columns", sa.Text, nullable=False, comment="JSON: kind of id → columns"),
)
"""The contact files whose columns are recorded, and which of these have ids of the school."""

campaign_zones = sa.Table(
    "campaign_zones",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("zone", sa.Text, primary_key=True),
)
"""What `enrolments.zone` is for the contacts of a campaign."""

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("forgotten_seq", sa.BigInteger),
    sa.Column("forgotten_at", sa.BigInteger),
)
"""Contacts with events in their own stream; the others have only enrolments."""

opt_out_changes = sa.Table(
    "opt_out_changes",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("is_opted_out", sa.Boolean, nullable=False),
    sa.Index("opt_out_changes_contact", "contact_id", "seq"),
)
"""Opt-outs and opt-ins; the last one of a contact is in force."""

consent_changes = sa.Table(
    "consent_changes",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("is_given", sa.Boolean, nullable=False),
    sa.Column("source", sa.Text, nullable=False, comment="empty once forgotten"),
    sa.Column("given_at", sa.BigInteger, comment="NULL: not known"),
    sa.Index("consent_changes_contact", "contact_id", "seq"),
)
"""Consents and what withdrew them; the last one of a contact is in force."""

standings = sa.Table(
    "standings",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("next_at", sa.BigInteger),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("is_conflict", sa.Boolean, nullable=False),
    sa.Column(
        "late_rank", sa.Integer, nullable=False, comment="the greatest, after the archive too"
    ),
    sa.Column("due_at", sa.BigInteger, comment="start of the next attempt; NULL: none waits"),
    sa.Column("unsettled_since", sa.BigInteger, comment="start of the attempt without outcome"),
    sa.Column("undecided_since", sa.BigInteger, comment="when staff were first asked"),
    sa.Column("accepted_since", sa.BigInteger, comment="when the provider accepted the text"),
    sa.Column("is_accounted_for", sa.Boolean, nullable=False, comment="staff expect no report"),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("outcome_seq", sa.BigInteger, comment="last_seq of a delivery with an outcome"),
    sa.Index("standings_status", "campaign_id", "status", "position"),
    sa.Index("standings_last", "campaign_id", "last_seq"),
)
"""The rows that `standings.py` computes at the seq of the views' position."""


def _index_where_set(
    column: sa.Column[int | None], *columns: sa.Column[Any], suffix: str = ""
) -> None:
    is_set = column.is_not(None)
    name = f"standings_{column.name}{suffix}"
    partial_index(name, *columns, where=is_set)


_index_where_set(standings.c.due_at, standings.c.campaign_id, standings.c.zone, standings.c.due_at)
_index_where_set(standings.c.unsettled_since, standings.c.unsettled_since)
_index_where_set(standings.c.undecided_since, standings.c.campaign_id, standings.c.position)
_index_where_set(standings.c.accepted_since, standings.c.accepted_since, standings.c.delivery_id)
_index_where_set(
    standings.c.accepted_since,
    *(standings.c.campaign_id, standings.c.accepted_since, standings.c.delivery_id),
    suffix="_campaign",
)
_index_where_set(standings.c.outcome_seq, standings.c.campaign_id, standings.c.outcome_seq)
