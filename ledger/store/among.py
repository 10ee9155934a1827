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


class _Array(sa.TypeDecorator[Collection[str]]):
    """A collection of texts, handed over as a JSON array."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Collection[str] | None, _dialect: sa.Dialect) -> str:
        """The array's text."""
        return msgspec.json.encode(list(value or ())).decode()


def among(column: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """Whether the column holds one of the texts that the statement is executed with as `name`.

    Such a statement is best made once and kept: to make it takes seven times as long as to run it.
    """
    return column.in_(sa.select(elements(name).c.value))


def elements(name: str) -> sa.TableValuedAlias:
    """Those texts as rows of one column `value`."""
    return _Elements(sa.bindparam(name, type_=_Array)).table_valued("value")


@compiles(_Elements, "sqlite")
def _sqlite(element: _Elements, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Elements, "postgresql")
def _postgresql(element: _Elements, compiler: Any, **options: Any) -> str:
    array = compiler.process(element.clauses, **options)
    return f"jsonb_array_elements_text(CAST({array} AS jsonb))"
