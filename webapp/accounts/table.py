"""The tables of the accounts' own database. The ledger holds the user id only."""

import sqlalchemy as sa

metadata = sa.MetaData()

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, comment="as it was first written"),
    sa.Column("name_key", sa.Text, nullable=False, unique=True, comment="as it is compared"),
    sa.Column("password_hash", sa.Text, comment="null: cannot sign in by password"),
    sa.Column("session_key", sa.Text, nullable=False, unique=True, comment="new: signed out"),
    sa.Column("link_hash", sa.Text, unique=True, comment="SHA-256 of the one link not used yet"),
    sa.Column("link_expires_at", sa.BigInteger, comment="microseconds since 1970 UTC"),
)

failed_sign_ins = sa.Table(
    "failed_sign_ins",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True, comment="blank: no account has the name"),
    sa.Column("minute", sa.BigInteger, primary_key=True, comment="microseconds since 1970 UTC"),
    sa.Column("failures", sa.BigInteger, nullable=False),
)
"""Those that are not recorded in the ledger yet."""
