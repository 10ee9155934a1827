"""The small tables of the overview; their size does not depend on the number of contacts.

Sample rows: 482 contacts of a campaign are delivered, 11 bounced softly with code 30003;
75 seconds after the launch 40 attempts began and 38 texts arrived;
31 texts whose attempts began in that hour arrived after more than 3 and at most 4 seconds.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

standing_counts = sa.Table(
    "standing_counts",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("stage", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, primary_key=True, comment="empty: none"),
    sa.Column("code", sa.Text, primary_key=True, comment="empty: none"),
    sa.Column("contacts", sa.Integer, nullable=False),
)
"""How many contacts of a campaign have a standing with this stage, reason and code."""

status_changes = sa.Table(
    "status_changes",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column(
        "age_seconds",
        sa.Integer,
        primary_key=True,
        autoincrement=False,
        comment="since the launch; the start of a step that is longer the later it is",
    ),
    sa.Column("started", sa.Integer, nullable=False, comment="attempts"),
    sa.Column("delivered", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False, comment="negative: less than before"),
    sa.Column("resent", sa.Integer, nullable=False, comment="failed, then asked for again"),
)
"""By how much the numbers of a campaign changed in each step of time."""

codes_met = sa.Table(
    "codes_met",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("last_at", sa.BigInteger, nullable=False, comment="of the last fact with the code"),
)
"""When a text of a campaign last met each code of Twilio."""

delivery_times = sa.Table(
    "delivery_times",
    metadata,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    sa.Column("hour", sa.Integer, primary_key=True, comment="of the attempt; since 1970 UTC"),
    sa.Column("up_to_seconds", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("contacts", sa.Integer, nullable=False),
)
"""How long texts took from the start of their attempt to the report of delivery."""
