"""The tables of the accounts' own database. The ledger holds the user id only."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn

from ledger.domain.vocabulary import Role

_MICROSECONDS = "microseconds since 1970 UTC"
_OFFICES = "ids with spaces between them; empty: all offices"

metadata = sa.MetaData()

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, comment="as it was first written"),
    sa.Column("name_key", sa.Text, nullable=False, unique=True, comment="as it is compared"),
    sa.Column("password_hash", sa.Text, comment="null: cannot sign in by password"),
    sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("role", sa.Text, comment="null: a name of the command line, not an account"),
    sa.Column("sees_numbers", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("disabled_at", sa.BigInteger, comment=_MICROSECONDS),
    sa.Column("signed_in_at", sa.BigInteger, comment=f"last; {_MICROSECONDS}"),
    sa.Column("office_ids", sa.Text, nullable=False, server_default="", comment=_OFFICES),
)
"""`epoch` counts how often all access of an account was ended. What began in an earlier one, such
as the check of a password, opens nothing any more."""

former_staff = sa.Table(
    "former_staff",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("removed_at", sa.BigInteger, nullable=False, comment=_MICROSECONDS),
)
"""Whose account was removed; the name is kept for what they did."""

applied_changes = sa.Table(
    "applied_changes",
    metadata,
    sa.Column("stream_id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False, comment="the last one that is done here"),
)
"""Up to which of the ledger's changes of accounts this database has them."""

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True, comment="SHA-256 of the cookie's token"),
    sa.Column("user_id", sa.Text, nullable=False, index=True),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True, comment=_MICROSECONDS),
    sa.Column("started_at", sa.BigInteger, comment=_MICROSECONDS),
    sa.Column("address", sa.Text, comment="the client's network"),
    sa.Column("browser", sa.Text, comment="as it names itself"),
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

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("token_id", sa.Text, primary_key=True),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True, comment="SHA-256"),
    sa.Column("start", sa.Text, nullable=False, comment="the first characters, to know it by"),
    sa.Column("owner_id", sa.Text, nullable=False, index=True, comment="as whom it acts"),
    sa.Column("name", sa.Text, nullable=False, comment="of the token; of a system, its name"),
    sa.Column("name_key", sa.Text, nullable=False, comment="as it is compared"),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("sees_numbers", sa.Boolean, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False, comment=_MICROSECONDS),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False, comment=_MICROSECONDS),
    sa.Column("revoked_at", sa.BigInteger, comment=_MICROSECONDS),
    sa.Column("used_at", sa.BigInteger, comment=f"last, to the minute; {_MICROSECONDS}"),
    sa.Column("office_ids", sa.Text, nullable=False, server_default="", comment=_OFFICES),
)
"""What opens the API for programs. Rows stay: the names of systems belong to what they did."""

_FORMER = "accounts"
"""The table of staff before sessions and links had tables of their own."""
_PUT_ASIDE = "accounts_of_earlier_version"


_NEWER_COLUMNS = (
    (staff, staff.c.epoch),
    (staff, staff.c.role),
    (staff, staff.c.sees_numbers),
    (staff, staff.c.disabled_at),
    (staff, staff.c.signed_in_at),
    (staff, staff.c.office_ids),
    (api_tokens, api_tokens.c.office_ids),
    (sessions, sessions.c.started_at),
    (sessions, sessions.c.address),
    (sessions, sessions.c.browser),
)
"""Columns that earlier versions did not have."""


def create_tables(connection: sa.Connection) -> None:
    """Create the tables that are missing, and take over the accounts of an earlier version.

    Before there were roles, all who could sign in could do everything: they become administrators.
    Names that only ever acted on the command line stay names.
    """
    metadata.create_all(connection)
    present = sa.inspect(connection)
    had_roles = _has(present, staff, staff.c.role)
    for table, column in _NEWER_COLUMNS:
        if not _has(present, table, column):
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")
    if not had_roles:
        connection.execute(sa.update(staff).where(_could_sign_in()).values(role=Role.ADMIN))
    if present.has_table(_FORMER):
        _take_over(connection)


def _has(present: sa.Inspector, table: sa.Table, column: sa.Column[Any]) -> bool:
    return column.name in {each["name"] for each in present.get_columns(table.name)}


def _could_sign_in() -> sa.ColumnElement[bool]:
    """Return the condition that somebody could sign in, or did, before there were roles."""
    traces = (sign_in_links, sessions, known_addresses)
    return sa.or_(
        staff.c.password_hash.is_not(None),
        *(staff.c.user_id.in_(sa.select(each.c.user_id)) for each in traces),
    )


def _take_over(connection: sa.Connection) -> None:
    """Add the accounts of an earlier version that are missing here, and put its table aside.

    They may be here already: the earlier version creates its table again when it runs once more.
    """
    columns = [staff.c.user_id, staff.c.name, staff.c.name_key, staff.c.password_hash]
    former = sa.table(_FORMER, *(sa.column(column.name) for column in columns))
    could_sign_in = sa.or_(former.c.password_hash.is_not(None), sa.column("link_hash").is_not(None))
    role = sa.case((could_sign_in, Role.ADMIN.value), else_=None)
    missing = sa.select(*former.c, role).where(
        former.c.user_id.not_in(sa.select(staff.c.user_id)),
        former.c.name_key.not_in(sa.select(staff.c.name_key)),
    )
    connection.execute(sa.insert(staff).from_select([*columns, staff.c.role], missing))
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_PUT_ASIDE}")
    connection.exec_driver_sql(f"ALTER TABLE {_FORMER} RENAME TO {_PUT_ASIDE}")
