"""The tables of webhooks in the senders' database, which all processes share.

They may be lost: then each endpoint begins again a week ago (see `turn.py`). Messages are repeated,
and none is missing. Times are microseconds since 1970 UTC.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

webhook_cursors = sa.Table(
    "webhook_cursors",
    metadata,
    sa.Column("endpoint_id", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="the last event that was taken"),
    sa.Column("set_by", sa.BigInteger, nullable=False, comment="see Beginning"),
    sa.Column("resumed_by", sa.BigInteger, nullable=False, comment="see Beginning"),
    sa.Column("holder", sa.Text, nullable=False, comment="the turn that has the lease"),
    sa.Column("held_until", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, comment="tries in a row that failed"),
    sa.Column("failing_since", sa.BigInteger, comment="NULL: the last try did not fail"),
    sa.Column("next_try_at", sa.BigInteger, nullable=False),
)
"""How far each endpoint is, who sends to it now, and when it is tried again."""

webhook_tries = sa.Table(
    "webhook_tries",
    metadata,
    sa.Column("try_id", sa.Text, primary_key=True),
    sa.Column("endpoint_id", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, comment="NULL: the message was about no event"),
    sa.Column("status_code", sa.Integer, comment="NULL: there was no answer"),
    sa.Column("error", sa.Text, nullable=False, comment="why there was none"),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("answer", sa.Text, nullable=False, comment="its first characters"),
    sa.Index("webhook_tries_newest", "endpoint_id", "at"),
)
"""Every try of the last days. The messages themselves are not stored."""

webhook_notices = sa.Table(
    "webhook_notices",
    metadata,
    sa.Column("endpoint_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("data", sa.Text, nullable=False, comment="JSON, without personal data"),
)
"""Messages about no event that wait to be sent; they go out before those about events."""
