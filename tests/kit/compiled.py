"""Lets the tests of a process share what is compiled or read: SQL, templates, addresses, codes.

Every test opens engines and an app of its own, and each of these compiles what it uses. What one
has compiled serves the next, for all of them run the same program.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import CodeType, MethodType
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
    """The code of templates, each with the checksum of its source."""

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._codes.get(bucket.key, (None, None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = (bucket.checksum, bucket.code)


@dataclass(frozen=True)
class CompiledRule:
    """What Werkzeug makes of an address; all of it is only read afterwards."""

    parts: Sequence[Any]
    trace: Sequence[tuple[bool, str]]
    converters: Mapping[str, Any]
    arguments: frozenset[str]
    build: Callable[..., Any]
    build_unknown: Callable[..., Any]


_statements = SharedStatements()
_compile = Rule.compile
_rules: dict[Any, CompiledRule] = {}


def compile_rule(rule: Rule) -> None:
    """Compile the address of a rule, once for the rules of all apps."""
    key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, str(rule.defaults))
    if key not in _rules:
        _compile(rule)
        _rules[key] = CompiledRule(
            parts=rule._parts,
            trace=rule._trace,
            converters=rule._converters,
            arguments=frozenset(rule.arguments),
            build=rule._build.__func__,
            build_unknown=rule._build_unknown.__func__,
        )
    compiled = _rules[key]
    rule._parts, rule._trace = compiled.parts, compiled.trace
    rule._converters = compiled.converters
    rule.arguments |= compiled.arguments
    rule._build = MethodType(compiled.build, rule)
    rule._build_unknown = MethodType(compiled.build_unknown, rule)


# A property, so that no engine has a cache of its own.
sa.Engine._compiled_cache = property(lambda _: _statements, lambda *_: None)
Flask.jinja_options = {"bytecode_cache": SharedTemplates()}
Rule.compile = compile_rule  # type: ignore[method-assign]
bootstrap.load_codes = cache(bootstrap.load_codes)
