"""Keeps a database from answering by an index of a column that nearly every row matches.

SQLite knows no sizes of indexes: of two it may take that of all callbacks of the ledger, to find
those of one contact.
"""

import sqlalchemy as sa


def unindexed(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return the column in a form that has its value, and for which no index is used."""
    return column.concat("")
