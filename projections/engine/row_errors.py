"""Which errors come from what a row holds, and not from a database that is locked, full or gone."""

import sqlite3

import sqlalchemy as sa

from ledger.errors import LedgerError, StoreUnavailable
from ledger.store import sqlite

_OF_VALUES = (sa.exc.IntegrityError, sa.exc.DataError, sa.exc.ProgrammingError)
"""A value that the database refuses, or that its operators or the driver do not take."""


def cause_of(error: BaseException) -> BaseException:
    """Return the database error that a `StoreUnavailable` stands for; any other error itself."""
    return error.__cause__ or error if isinstance(error, StoreUnavailable) else error


def is_about_rows(error: BaseException) -> bool:
    """Whether an error in reading or writing rows comes from the values of one of them.

    Only somebody who wrote to the database by other means, or a fault of this program, brings it
    about. Trying again does not help.
    """
    cause = cause_of(error)
    if isinstance(cause, sa.exc.DBAPIError):
        code = getattr(cause.orig, "sqlite_errorcode", None)
        is_refused_by_sqlite = code == sqlite3.SQLITE_ERROR  # "integer overflow", for example
        is_of_value = isinstance(cause, _OF_VALUES)
        return is_of_value or is_refused_by_sqlite or sqlite.is_broken_text(cause)
    is_of_the_store = isinstance(cause, LedgerError | OSError | sa.exc.TimeoutError)
    return isinstance(cause, Exception) and not is_of_the_store
