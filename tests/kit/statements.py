"""Lets all engines of a test process share the statements that SQLAlchemy has compiled.

Every test opens engines of its own, and an engine compiles each statement at its first use. Tests
use the same two dialects all the time, so what one engine compiled serves the next.
"""

from typing import Any

import sqlalchemy as sa


class SharedStatements(dict[Any, Any]):
    """SQLAlchemy's cache, whose keys begin with a dialect; engines of one kind count as one."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_of_any_engine(key), compiled)


def _of_any_engine(key: Any) -> Any:
    dialect, *rest = key
    return (dialect.name, *rest)


_statements = SharedStatements()


def share_statements(connection: sa.Connection) -> None:
    """Give a new connection the shared cache."""
    connection.execution_options(compiled_cache=_statements)


sa.event.listen(sa.Engine, "engine_connect", share_statements)
