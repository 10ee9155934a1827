"""Indexes by which the audit trail is searched: what happened, who acted, and the error code."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create them; the events stay as they are."""
    op.create_index("events_topic", "events", ["topic", "seq"])
    op.create_index("events_actor", "events", ["actor", "seq"])
    has_code = sa.text("code IS NOT NULL")
    op.create_index(
        "events_code", "events", ["code", "seq"], sqlite_where=has_code, postgresql_where=has_code
    )
