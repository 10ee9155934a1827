"""The tables of the accounts' own database. The ledger holds the user id only."""

import sqlalchemy as sa

_MICROSECONDS = "microseconds since 1970 UTC"

metadata = sa.MetaData()

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, comment="as it was first written"),
    sa.Column("name_key", sa.Text, nullable=False, unique=True, comment="as it is compared"),
    sa.Column("password_hash", sa.Text, comment="null: cannot sign in by password"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True, comment="SHA-256 of the cookie's token"),
    sa.Column("user_id", sa.Text, nullable=False, index=True),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True, comment=_MICROSECONDS),
)
"""Where somebody is signed in now. A session that is not here has ended."""

sign_in_links = sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("origin", sa.Text, primary_key=True, comment="what made it: start on web-1"),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True, comment="SHA-256"),
    sa.Column("expires_at", sa.BigInteger, nullable=False, comment=_MICROSECONDS),
)
"""The links that are not used yet. A new one replaces that of the same origin alone."""

sign_in_limits = sa.Table(
    "sign_in_limits",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True, comment="what is limited, as an HMAC"),
    sa.Column("name", sa.Text, index=True, comment="HMAC of the name that was tried, if one was"),
    sa.Column("failures", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True, comment=_MICROSECONDS),
)
"""How often sign-ins failed lately, by name, by address, and by device."""

sign_in_places = sa.Table(
    "sign_in_places",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True, comment="as an HMAC"),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True, comment=_MICROSECONDS),
)
"""The addresses from which staff signed in lately."""

failed_sign_ins = sa.Table(
    "failed_sign_ins",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True, comment="blank: no account has the name"),
    sa.Column("minute", sa.BigInteger, primary_key=True, comment=_MICROSECONDS),
    sa.Column("failures", sa.BigInteger, nullable=False),
)
"""Those that are not recorded in the ledger yet."""

_FORMER = "accounts"
"""The table of staff before sessions and links had tables of their own."""


def create_tables(connection: sa.Connection) -> None:
    """Create the tables that are missing, and take over the accounts of an earlier version."""
    metadata.create_all(connection)
    if not sa.inspect(connection).has_table(_FORMER):
        return
    former = sa.table(_FORMER, *(sa.column(column.name) for column in staff.c))
    columns = [column.name for column in staff.c]
    connection.execute(sa.insert(staff).from_select(columns, sa.select(*former.c)))
    connection.exec_driver_sql(f"DROP TABLE {_FORMER}")
