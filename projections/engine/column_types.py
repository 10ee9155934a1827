"""Whether a column of the events holds a value of its type: SQLite stores any value in any column.

PostgreSQL refuses values of other types, but a NULL can be written once NOT NULL was dropped.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class _IsOfType(sa.sql.functions.FunctionElement[bool]):
    """Whether a column holds a value of its type, or NULL where it may."""

    inherit_cache = True
    name = "is_of_type"
    type = sa.Boolean()


def is_of_type(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a column of the ledger holds a value of its type; never NULL."""
    return _IsOfType(column)


@compiles(_IsOfType, "sqlite")
def _sqlite(element: _IsOfType, compiler: Any, **options: Any) -> str:
    (column,) = element.clauses
    classes = ["integer" if isinstance(column.type, sa.Integer) else "text"]
    classes += ["null"] if column.nullable else []
    listed = ", ".join(f"'{each}'" for each in classes)
    return f"typeof({compiler.process(column, **options)}) IN ({listed})"


@compiles(_IsOfType, "postgresql")
def _postgresql(element: _IsOfType, compiler: Any, **options: Any) -> str:
    (column,) = element.clauses
    name = compiler.process(column, **options)
    return "true" if column.nullable else f"{name} IS NOT NULL"
