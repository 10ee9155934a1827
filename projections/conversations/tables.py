"""The tables of the conversation view, in addition to the shared ones."""

import sqlalchemy as sa

metadata = sa.MetaData()

inbound_texts = sa.Table(
    "inbound_texts",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("inbound_texts_contact", "contact_id", "seq"),
)

correspondents = sa.Table(
    "correspondents",
    metadata,
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False, comment="latest message or launch"),
    sa.Index("correspondents_last", "last_seq", "contact_id"),
)
"""Contacts that a launched campaign texted, or that wrote."""
