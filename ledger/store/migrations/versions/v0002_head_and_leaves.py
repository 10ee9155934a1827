"""The ledger's head with the Merkle frontier, and leaves in their second encoding."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import LEAF_COLUMNS, leaf_of

revision = "0002"
down_revision = "0001"

_BATCH_SIZE = 1000


def upgrade() -> None:
    """Create the head from the events in the table."""
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("id = 1", name="ledger_head_is_one_row"),
    )
    op.execute("DELETE FROM ledger_info WHERE name = 'schema_version'")
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        for act in ("update", "delete", "insert"):
            op.execute(f"DROP TRIGGER IF EXISTS events_refuse_{act}")
    _write_head()
    (_guard_sqlite if is_sqlite else _guard_postgresql)()


def _write_head() -> None:
    """Compute every leaf in the second encoding; no proof was ever made of the first one."""
    bind = op.get_bind()
    columns: list[sa.ColumnElement[Any]] = [sa.column(name) for name in (*LEAF_COLUMNS, "state")]
    rows = sa.select(*columns).select_from(sa.table("events")).order_by(sa.text("seq"))
    frontier, recorded_at = Frontier(), 0
    while batch := bind.execute(
        rows.where(sa.column("seq") > frontier.size).limit(_BATCH_SIZE)
    ).all():
        leaves = [leaf_of(row[:-1], row.state) for row in batch]
        bind.execute(
            sa.text("UPDATE events SET leaf = :leaf WHERE seq = :at"),
            [{"leaf": leaf, "at": row.seq} for leaf, row in zip(leaves, batch, strict=True)],
        )
        frontier, recorded_at = frontier.extended(leaves), batch[-1].recorded_at
    bind.execute(
        sa.text("INSERT INTO ledger_head VALUES (1, :seq, :recorded_at, :frontier)"),
        {"seq": frontier.size, "recorded_at": recorded_at, "frontier": frontier.to_bytes()},
    )


_REPLACES = (  # INSERT OR REPLACE deletes without running a DELETE trigger
    "NEW.seq <= (SELECT seq FROM ledger_head)"
)


def _guard_sqlite() -> None:
    refused = "SELECT RAISE(ABORT, 'the ledger is append-only')"
    for act, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", f"WHEN {_REPLACES} ")):
        op.execute(
            f"CREATE TRIGGER events_refuse_{act.lower()} BEFORE {act} ON events "
            f"{when}BEGIN {refused}; END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER events_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
