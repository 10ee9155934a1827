"""Copies the accounts from one database to another: who may sign in, by what, and API tokens."""

import sqlalchemy as sa

from ledger.errors import Refused
from ledger.store.engine import reading
from webapp.accounts.factor_tables import FACTOR_TABLES
from webapp.accounts.identities import identities
from webapp.accounts.table import (
    api_tokens,
    applied_changes,
    create_tables,
    failed_sign_ins,
    former_staff,
    metadata,
    staff,
)
from webapp.table_copy import copy_tables

COPIED = (
    *(staff, former_staff, api_tokens, applied_changes, failed_sign_ins, identities),
    *FACTOR_TABLES,
)
"""What a backup has. Sessions, links and what limits sign-ins end with the database that has them.

Failed sign-ins are here until the ledger has recorded them.
"""
MOVED = metadata.sorted_tables
"""What moves with a ledger, where people stay signed in: everything."""


def copy_accounts(source: sa.Engine, target: sa.Engine) -> int:
    """Copy all accounts to a database without any; return how many there are.

    Raises `Refused` where the target has some, `StoreUnavailable`.
    """
    copy_tables(source, target, COPIED, prepare=_prepare_empty)
    with reading(target) as connection:
        return count_accounts(connection)


def move_accounts(source: sa.Engine, target: sa.Engine) -> None:
    """Copy all that the accounts' database has; a repeat replaces what is there."""
    copy_tables(source, target, MOVED)


def count_accounts(connection: sa.Connection) -> int:
    """Return how many accounts a database has; 0 where it has no table of them."""
    if not sa.inspect(connection).has_table(staff.name):
        return 0
    return connection.scalar(sa.select(sa.func.count()).select_from(staff)) or 0


def _prepare_empty(target: sa.Connection) -> None:
    create_tables(target)
    if count_accounts(target):
        raise Refused("There are accounts in that database already.")
