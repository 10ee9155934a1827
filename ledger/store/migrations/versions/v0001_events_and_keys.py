"""The first tables: events, contact keys and the ledger's ids."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables in an empty database."""
    op.create_table(
        "events",
        sa.Column("seq", _SEQ, primary_key=True, autoincrement=False),
        sa.Column("stream_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("campaign_id", sa.Text),
        sa.Column("delivery_id", sa.Text),
        sa.Column("contact_id", sa.Text),
        sa.Column("turn", sa.Integer),
        sa.Column("rank", sa.Integer),
        sa.Column("code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("sid", sa.Text),
        sa.Column("dedupe", sa.Text),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("stream_id", "version"),
        sqlite_autoincrement=True,
    )
    op.create_index("events_standing", "events", ["campaign_id", "delivery_id", "rank", "seq"])
    op.create_index("events_contact", "events", ["contact_id"])
    _create_partial_index("events_sid", "sid")
    _create_partial_index("events_dedupe", "dedupe", unique=True)
    op.create_table(
        "contact_keys",
        sa.Column("subject_id", sa.Text, primary_key=True),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ledger_info",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )


def _create_partial_index(name: str, column: str, *, unique: bool = False) -> None:
    where = sa.text(f"{column} IS NOT NULL")
    op.create_index(
        name, "events", [column], unique=unique, sqlite_where=where, postgresql_where=where
    )
