"""`column IN (…)` with a list of any length as one parameter: the statement is always the same."""

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class _Array(sa.TypeDecorator[Collection[str]]):
    """A collection of texts, passed as a JSON array."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Collection[str] | None, _dialect: sa.Dialect) -> str:
        """Encode the collection as a JSON array."""
        return msgspec.json.encode(list(value or ())).decode()


class _Elements(sa.sql.functions.FunctionElement[str]):
    """The elements of a JSON array of texts, as a table with the column `value`."""

    inherit_cache = True
    name = "elements"


class _InSubquery(sa.sql.functions.FunctionElement[bool]):
    """Whether the first argument is a row of the second, a subquery.

    Not of the type Boolean: on SQLite that would be written `… = 1`, and use no index.
    """

    inherit_cache = True
    name = "in_subquery"


def elements(name: str) -> sa.Select[tuple[str]]:
    """Return the query of the texts in the parameter `name`, one row for each."""
    array = _Elements(sa.bindparam(name, type_=_Array))
    return sa.select(array.table_valued(sa.column("value", sa.Text)).c.value)


def in_subquery(column: sa.ColumnElement[str], query: sa.SelectBase) -> sa.ColumnElement[bool]:
    """Return the condition that the column holds one of the texts that the query returns."""
    return _InSubquery(column, query.scalar_subquery())


def in_list(column: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """Return the condition that the column holds one of the texts of the parameter `name`.

    Build such a statement once and keep it: building takes seven times as long as running it.
    """
    return in_subquery(column, elements(name))


@compiles(_Elements, "sqlite")
def _sqlite_elements(element: _Elements, compiler: Any, **options: Any) -> str:
    return f"json_each{compiler.process(element.clause_expr, **options)}"


@compiles(_Elements, "postgresql")
def _postgresql_elements(element: _Elements, compiler: Any, **options: Any) -> str:
    (array,) = (compiler.process(part, **options) for part in element.clauses)
    return f"jsonb_array_elements_text(CAST({array} AS jsonb))"


@compiles(_InSubquery, "sqlite")
def _sqlite(element: _InSubquery, compiler: Any, **options: Any) -> str:
    column, query = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN {query}"


@compiles(_InSubquery, "postgresql")
def _postgresql(element: _InSubquery, compiler: Any, **options: Any) -> str:
    """As an ARRAY of the subquery, for which PostgreSQL's planner assumes a short list."""
    column, query = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY (ARRAY{query})"
