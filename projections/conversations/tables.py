"""The tables of the conversation view, in addition to the shared ones."""

import sqlalchemy as sa

from ledger.store.partial_index import partial_index

metadata = sa.MetaData()

inbound_texts = sa.Table(
    "inbound_texts",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("answered_seq", sa.BigInteger, comment="needs no reply from then on; NULL: it does"),
    sa.Index("inbound_texts_contact", "contact_id", "seq"),
    sa.Index("inbound_texts_answered", "answered_seq"),
)

correspondents = sa.Table(
    "correspondents",
    metadata,
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False, comment="latest message or launch"),
    sa.Index("correspondents_last", "last_seq", "contact_id"),
)
"""Contacts that a launched campaign texted, or that wrote."""

waiting_conversations = sa.Table(
    "waiting_conversations",
    metadata,
    sa.Column("contact_id", sa.Text, primary_key=True),
    sa.Column("since_seq", sa.BigInteger, nullable=False, comment="the oldest text without reply"),
    sa.Column("text_seq", sa.BigInteger, nullable=False, comment="the latest text without reply"),
    sa.Index("waiting_conversations_since", "since_seq"),
    sa.Index("waiting_conversations_text", "text_seq"),
)
"""Conversations that need a reply: few, and every page counts them."""

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("office_id", sa.Text, primary_key=True, comment="blank: of all offices"),
    sa.Column("assignee", sa.Text, comment="a user id; NULL: nobody in this office"),
    sa.Column("ended_seq", sa.BigInteger, comment="the event that ended it; NULL: in force"),
    sa.Index("assignments_contact", "contact_id"),
)
"""Every assignment, also those that ended, so that the past can be shown.

Of those in force for somebody's offices the latest counts.
"""

_is_in_force = assignments.c.ended_seq.is_(None)
partial_index(
    "assignments_assignee",
    *(assignments.c.assignee, assignments.c.contact_id),
    where=_is_in_force,
)
