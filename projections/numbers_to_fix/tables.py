"""The tables of the numbers to fix. They hold ids only, so a forgetting changes nothing in them.

unreachable_spans    since #31, contact con_…, ended #90 by "reply"
unreachable_proofs   #31 and #77, both of the span since #31
"""

from enum import StrEnum

import sqlalchemy as sa

from ledger.store.partial_index import partial_index

metadata = sa.MetaData()


class SpanEnd(StrEnum):
    """Why a number is no longer one of those to fix."""

    DELIVERED = "delivered"
    """A later text arrived."""
    REPLY = "reply"
    """The person wrote from it."""
    FIXED = "fixed"
    """Staff marked it as fixed."""
    FORGOTTEN = "forgotten"


unreachable_spans = sa.Table(
    "unreachable_spans",
    metadata,
    sa.Column(
        "since_seq",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
        comment="the first failure",
    ),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("since_at", sa.BigInteger, nullable=False),
    sa.Column("ended_seq", sa.BigInteger, comment="NULL: the number is still to fix"),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("ended_by", sa.Text, comment="a SpanEnd"),
    partial_index("unreachable_spans_open", "contact_id", where=sa.text("ended_seq IS NULL")),
)
"""From the first failure of a number to what showed, or said, that it can be reached again."""

unreachable_proofs = sa.Table(
    "unreachable_proofs",
    metadata,
    sa.Column(
        "seq",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("since_seq", sa.BigInteger, nullable=False, comment="of its span"),
    sa.Column("campaign_id", sa.Text, nullable=False),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Index("unreachable_proofs_span", "since_seq", "seq"),
)
"""Every failure that says that the number cannot be reached."""
