"""The tables of costs.

Sample rows: the text SM…7 has 2 segments and costs 15,800 millionths of USD, as event 812 says it;
event 812 added 500 texts, 1,000 segments and 7,900,000 millionths of USD to a campaign.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")

text_costs = sa.Table(
    "text_costs",
    metadata,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("sid", sa.Text, primary_key=True),
    sa.Column("seq", _SEQ, primary_key=True, autoincrement=False),
    sa.Column("segments", sa.Integer),
    sa.Column("cost_millionths", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False, comment="empty: not known"),
    sqlite_with_rowid=False,
)
"""Each price that was recorded of a text; the one of the greatest seq counts."""

cost_changes = sa.Table(
    "cost_changes",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("seq", _SEQ, primary_key=True, autoincrement=False),
    sa.Column("currency", sa.Text, primary_key=True),
    sa.Column("texts", sa.Integer, nullable=False, comment="more texts with a price"),
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("cost_millionths", sa.BigInteger, nullable=False),
)
"""By how much an event changed the costs of a campaign: one row for up to a thousand texts."""
