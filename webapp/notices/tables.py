"""The tables of notices in the senders' database, which all processes share.

Times are microseconds since 1970 UTC.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, comment="the process that inserts it raises it"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)
"""Every notice of the last months; no personal data."""

notice_mails = sa.Table(
    "notice_mails",
    metadata,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("sent_at", sa.BigInteger, comment="NULL: it waits"),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("next_try_at", sa.BigInteger, nullable=False),
)
"""Which notice goes to whom. A process that sends one moves `next_try_at` first."""

notice_marks = sa.Table(
    "notice_marks",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False, comment="JSON"),
)
"""What was looked at already: the seq of the last event, the counts of the last digest."""
