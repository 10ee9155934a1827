"""Lets the tests of a process share what is compiled or read: SQL, templates, addresses, codes.

Every test opens engines and an app of its own, and each of these compiles what it uses. What one
has compiled serves the next, for all of them run the same program.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from webapp import bootstrap


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
_compile_builder = Rule._compile_builder
_builders: dict[Any, Callable[..., Any]] = {}


def share_statements(connection: sa.Connection) -> None:
    """Give a new connection the shared cache."""
    connection.execution_options(compiled_cache=_statements)


def builder_of(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
    """Return Werkzeug's function that builds the addresses of a rule, for the rules of all apps.

    It is given the rule itself, and so its converters, when it is called.
    """
    key = (rule.rule, tuple(rule._trace), str(rule.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


sa.event.listen(sa.Engine, "engine_connect", share_statements)
Flask.jinja_options = {"bytecode_cache": SharedTemplates()}
Rule._compile_builder = builder_of  # type: ignore[method-assign]
bootstrap.load_codes = cache(bootstrap.load_codes)
