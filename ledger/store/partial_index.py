"""Indexes of only the rows that meet a condition, on both databases.

An index with the option `postgresql_where` makes SQLAlchemy import all of its PostgreSQL drivers,
at once and for nothing where the database is SQLite. So the condition is added when the statement
is made.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex

_CONDITION = "condition"


def partial_index(
    name: str,
    *columns: str | sa.Column[Any],
    where: sa.ColumnElement[bool] | sa.TextClause,
    unique: bool = False,
) -> sa.Index:
    """Return an index of the rows that meet the condition."""
    return sa.Index(name, *columns, unique=unique, sqlite_where=where, info={_CONDITION: where})


@compiles(CreateIndex, "postgresql")
def _with_condition(create: CreateIndex, compiler: Any, **options: Any) -> str:
    condition = create.element.info.get(_CONDITION)
    if condition is not None:
        create.element.dialect_options["postgresql"]["where"] = condition
    statement: str = compiler.visit_create_index(create, **options)
    return statement
