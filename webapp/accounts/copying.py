"""Copies the accounts from one database to another: who may sign in, and by what; and API tokens.

Sessions, links and what limits sign-ins are not copied: they end with the database that has them.
"""

import sqlalchemy as sa

from ledger.errors import Refused
from ledger.store.engine import reading, writing_alone
from webapp.accounts.factor_tables import FACTOR_TABLES
from webapp.accounts.identities import identities
from webapp.accounts.table import (
    api_tokens,
    applied_changes,
    create_tables,
    failed_sign_ins,
    former_staff,
    staff,
)

COPIED = (
    *(staff, former_staff, api_tokens, applied_changes, failed_sign_ins, identities),
    *FACTOR_TABLES,
)
"""Failed sign-ins are here until the ledger has recorded them."""


def copy_accounts(source: sa.Engine, target: sa.Engine) -> int:
    """Copy all accounts to a database without any; return how many there are.

    Raises `Refused` where the target has some, `StoreUnavailable`.
    """
    with reading(source, is_consistent=True) as old:
        present = sa.inspect(old).get_table_names()  # an earlier version has fewer
        copied = [table for table in COPIED if table.name in present]
        rows = {table: old.execute(sa.select(table)).mappings().all() for table in copied}
    with writing_alone(target) as new:
        create_tables(new)
        if count_accounts(new):
            raise Refused("There are accounts in that database already.")
        for table in copied:
            if rows[table]:
                new.execute(sa.insert(table), [dict(row) for row in rows[table]])
    return len(rows[staff])


def count_accounts(connection: sa.Connection) -> int:
    """Return how many accounts a database has; 0 where it has no table of them."""
    if not sa.inspect(connection).has_table(staff.name):
        return 0
    return connection.scalar(sa.select(sa.func.count()).select_from(staff)) or 0
