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
    sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"),
)
"""`epoch` counts how often all access of an account was ended. What began in an earlier one, such
as the check of a password, opens nothing any more."""

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

known_addresses = sa.Table(
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
_PUT_ASIDE = "accounts_of_earlier_version"


def create_tables(connection: sa.Connection) -> None:
    """Create the tables that are missing, and take over the accounts of an earlier version."""
    metadata.create_all(connection)
    present = sa.inspect(connection)
    if staff.c.epoch.name not in {column["name"] for column in present.get_columns(staff.name)}:
        connection.exec_driver_sql("ALTER TABLE staff ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0")
    if present.has_table(_FORMER):
        _take_over(connection)


def _take_over(connection: sa.Connection) -> None:
    """Add the accounts of an earlier version that are missing here, and put its table aside.

    They may be here already: the earlier version creates its table again when it runs once more.
    """
    columns = [staff.c.user_id, staff.c.name, staff.c.name_key, staff.c.password_hash]
    former = sa.table(_FORMER, *(sa.column(column.name) for column in columns))
    missing = sa.select(*former.c).where(
        former.c.user_id.not_in(sa.select(staff.c.user_id)),
        former.c.name_key.not_in(sa.select(staff.c.name_key)),
    )
    connection.execute(sa.insert(staff).from_select(columns, missing))
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_PUT_ASIDE}")
    connection.exec_driver_sql(f"ALTER TABLE {_FORMER} RENAME TO {_PUT_ASIDE}")
