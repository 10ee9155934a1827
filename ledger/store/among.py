"""`column IN (…)` for a list of any length, as one parameter: the statement stays the same."""

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Elements(FunctionElement[str]):
    """The elements of a JSON array, as rows of one column `value`."""

    inherit_cache = True
    name = "elements"
    type = sa.Text()


def among(column: sa.ColumnElement[str], values: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether the column holds one of these texts."""
    array = sa.literal(msgspec.json.encode(list(values)).decode(), sa.Text)
    return column.in_(sa.select(_Elements(array).table_valued("value").c.value))


@compiles(_Elements, "sqlite")
def _sqlite(element: _Elements, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Elements, "postgresql")
def _postgresql(element: _Elements, compiler: Any, **options: Any) -> str:
    array = compiler.process(element.clauses, **options)
    return f"jsonb_array_elements_text(CAST({array} AS jsonb))"
