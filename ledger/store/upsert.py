"""The INSERT of both databases that can change or leave a row that is there."""

import pkgutil
from typing import TYPE_CHECKING, TypeAlias

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"


def insert_into(dialect: str, table: sa.Table) -> Insert:
    """Return an INSERT that supports ON CONFLICT."""
    insert: Insert = pkgutil.resolve_name(f"sqlalchemy.dialects.{dialect}:insert")(table)
    return insert
