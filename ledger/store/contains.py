"""Whether a column of bytes contains some bytes, in the SQL of both databases."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class _Contains(sa.sql.functions.FunctionElement[bool]):
    """Whether the first argument contains the second."""

    inherit_cache = True
    name = "contains"


def contains(column: sa.ColumnElement[bytes], part: bytes) -> sa.ColumnElement[bool]:
    """Return the condition that the column contains these bytes."""
    return _Contains(column, sa.literal(part, sa.LargeBinary))


@compiles(_Contains, "sqlite")
def _sqlite(element: _Contains, compiler: Any, **options: Any) -> str:
    column, part = (compiler.process(each, **options) for each in element.clauses)
    return f"instr({column}, {part}) > 0"


@compiles(_Contains, "postgresql")
def _postgresql(element: _Contains, compiler: Any, **options: Any) -> str:
    column, part = (compiler.process(each, **options) for each in element.clauses)
    return f"position(CAST({part} AS bytea) IN {column}) > 0"
