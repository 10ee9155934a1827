"""Lets the tests of a process share what is compiled: SQL statements and the pages' templates.

Every test opens engines and an app of its own, and each of these compiles what it uses. What one
has compiled serves the next, for all of them run the same program.
"""

from typing import Any

import sqlalchemy as sa
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class SharedStatements(dict[Any, Any]):
    """SQLAlchemy's cache, whose keys begin with a dialect; engines of one kind count as one."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_any_engine(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_of_any_engine(key), compiled)


def _of_any_engine(key: Any) -> Any:
    dialect, *rest = key
    return (dialect.name, *rest)


class SharedTemplates(BytecodeCache):
    """Jinja's cache in memory; Jinja itself compares the sources."""

    def __init__(self) -> None:
        self._bytecode: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._bytecode:
            bucket.bytecode_from_string(self._bytecode[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._bytecode[bucket.key] = bucket.bytecode_to_string()


_statements = SharedStatements()


def share_statements(connection: sa.Connection) -> None:
    """Give a new connection the shared cache."""
    connection.execution_options(compiled_cache=_statements)


sa.event.listen(sa.Engine, "engine_connect", share_statements)
Flask.jinja_options = {"bytecode_cache": SharedTemplates()}
