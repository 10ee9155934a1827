"""`column IN (…)` for a list of any length, as one parameter: the statement stays the same."""

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class _Array(sa.TypeDecorator[Collection[str]]):
    """A collection of texts, handed over as a JSON array."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Collection[str] | None, _dialect: sa.Dialect) -> str:
        """The array's text."""
        return msgspec.json.encode(list(value or ())).decode()


class _InList(sa.sql.functions.FunctionElement[bool]):
    """Whether the first argument is an element of the second, a JSON array of texts.

    Not of the type Boolean: on SQLite that would be written `… = 1`, and use no index.
    """

    inherit_cache = True
    name = "in_list"


def in_list(column: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """Whether the column holds one of the texts that the statement is executed with as `name`.

    Such a statement is best made once and kept: to make it takes seven times as long as to run it.
    """
    return _InList(column, sa.bindparam(name, type_=_Array))


@compiles(_InList, "sqlite")
def _sqlite(element: _InList, compiler: Any, **options: Any) -> str:
    column, array = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({array}))"  # noqa: S608 - ours


@compiles(_InList, "postgresql")
def _postgresql(element: _InList, compiler: Any, **options: Any) -> str:
    """As an array of its own, so that its planner, which knows no lengths, expects a short one."""
    column, array = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST({array} AS jsonb))))"
