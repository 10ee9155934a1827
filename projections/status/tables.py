"""The tables of the status projection."""

import sqlalchemy as sa

from projections.standings import standing_columns

metadata = sa.MetaData()

campaigns = sa.Table(
    "campaigns",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("state", sa.Text, comment="NULL until launched: not listed, sent or counted"),
    sa.Column("launched_at", sa.BigInteger),
    sa.Column("launched_by", sa.Text),
    sa.Column("pause_reason", sa.Text),
    sa.Column("pause_code", sa.Text),
    sa.Column("delivered", sa.Integer, nullable=False),
    sa.Column("pending", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("changed_seq", sa.Integer, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    *standing_columns(),
    sa.Column("due_at", sa.BigInteger, comment="when the next attempt may start; NULL: none waits"),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("doubt_since", sa.BigInteger, comment="start of an attempt without an outcome"),
    sa.Column("sid", sa.Text),
    sa.Column("changed_seq", sa.Integer, nullable=False),
    sa.Index("deliveries_position", "campaign_id", "position"),
    sa.Index("deliveries_status", "campaign_id", "status", "position"),
    sa.Index("deliveries_contact", "contact_id"),
    sa.Index("deliveries_due", "due_at", sqlite_where=sa.text("due_at IS NOT NULL")),
    sa.Index("deliveries_doubt", "doubt_since", sqlite_where=sa.text("doubt_since IS NOT NULL")),
)

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("is_opted_out", sa.Boolean, nullable=False),
    sa.Column("opt_out_source", sa.Text),
    sa.Column("forgotten_at", sa.BigInteger, comment="the last time; it may be known again"),
)
