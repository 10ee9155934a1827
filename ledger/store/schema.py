"""The tables of the ledger's database, and the triggers that hinder changing an event."""

import sqlalchemy as sa

SCHEMA_VERSION = "1"
"""Raised with every change of these tables; another number in the database is refused."""

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("stream_id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    sa.Column("actor", sa.Text),
    sa.Column("campaign_id", sa.Text),
    sa.Column("delivery_id", sa.Text),
    sa.Column("contact_id", sa.Text),
    sa.Column("turn", sa.Integer),
    sa.Column("rank", sa.Integer),
    sa.Column("code", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("next_at", sa.BigInteger, comment="microseconds since 1970 UTC"),
    sa.Column("sid", sa.Text),
    sa.Column("dedupe", sa.Text),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("stream_id", "version"),
    sa.Index("events_standing", "campaign_id", "delivery_id", "rank", "seq"),
    sa.Index("events_contact", "contact_id"),
    sa.Index("events_sid", "sid", sqlite_where=sa.text("sid IS NOT NULL")),
    sa.Index("events_dedupe", "dedupe", unique=True, sqlite_where=sa.text("dedupe IS NOT NULL")),
    sqlite_autoincrement=True,
)

contact_keys = sa.Table(
    "contact_keys",
    metadata,
    sa.Column("subject_id", sa.Text, primary_key=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
)

ledger_info = sa.Table(
    "ledger_info",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

_REFUSED = "SELECT RAISE(ABORT, 'the ledger is append-only')"
_REPLACES = (  # INSERT OR REPLACE deletes without a word to a DELETE trigger
    "EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq "
    "OR (stream_id = NEW.stream_id AND version = NEW.version) OR dedupe = NEW.dedupe)"
)

for _act, _when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", f"WHEN {_REPLACES} ")):
    sa.event.listen(
        events,
        "after_create",
        sa.DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER events_refuse_{_act.lower()} BEFORE {_act} ON events "
            f"{_when}BEGIN {_REFUSED}; END"
        ).execute_if(dialect="sqlite"),
    )
