"""Traces of requests, commits, texts and catching up, for OpenTelemetry; `begin` starts them.

Without it nothing of OpenTelemetry is imported, and every function here does nothing. A span
has names, counts and ids of requests: never an address as it was asked for, a number or a text.
"""

import atexit
import os
import pkgutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, cast

from ledger.errors import BadSetting
from ledger.observer import Observer

Attributes = Mapping[str, str | int | bool]

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_EXPORTING = "webapp.tracing.exporting:open_telemetry"


class Span:
    """One step of a trace; this one is not recorded."""

    def add(self, **attributes: str | int | bool) -> None:
        """Add attributes; in a name `_` stands for `.`, and `__` for `_`."""

    def rename(self, name: str) -> None:
        """Give it another name, once more is known."""


class Tracer(Protocol):
    """Records spans."""

    observer: Observer
    """Records the commands and the commits of a ledger."""

    def span(
        self, name: str, attributes: Attributes, *, is_server: bool
    ) -> AbstractContextManager[Span]:
        """Record what the block does; an error is recorded by its class."""

    def current(self) -> Span:
        """Return the span of the innermost block of this task or thread."""

    def trace_parent(self) -> str:
        """Return the W3C `traceparent` of this task or thread; "" outside of a span."""

    def continue_from(self, trace_parent: str) -> None:
        """Make what this task does from now on a part of the trace of another process."""

    def close(self) -> None:
        """Send the spans that were not sent yet."""


_NOTHING = Span()
_NO_OBSERVER = Observer()


class _Switch:
    tracer: Tracer | None = None


def begin() -> None:
    """Record from now on, where the variables of OpenTelemetry name a place to send traces to.

    Raises `BadSetting` where they do and the package's extra `otel` is not installed.
    """
    asked_for = [name for name in _ENDPOINTS if os.environ.get(name)]
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if not asked_for or is_off or os.environ.get("OTEL_TRACES_EXPORTER") == "none":
        return
    try:
        _Switch.tracer = cast("Tracer", pkgutil.resolve_name(_EXPORTING)())
    except ImportError as error:
        raise BadSetting(
            f"{asked_for[0]} is set, but OpenTelemetry is not installed. Install it with "
            "`pip install 'delivery-ledger[otel]'`, or unset the variable."
        ) from error
    atexit.register(end)


def end() -> None:
    """Send the spans that were not sent yet, and record no more."""
    tracer, _Switch.tracer = _Switch.tracer, None
    if tracer is not None:
        tracer.close()


def is_on() -> bool:
    """Whether spans are recorded."""
    return _Switch.tracer is not None


def observer() -> Observer:
    """Return what records the commands and commits of a ledger."""
    return _Switch.tracer.observer if _Switch.tracer else _NO_OBSERVER


def span(
    name: str, attributes: Attributes | None = None, *, is_server: bool = False
) -> AbstractContextManager[Span]:
    """Record what the block does; `is_server`: it answers a request."""
    if _Switch.tracer is None:
        return nullcontext(_NOTHING)
    return _Switch.tracer.span(name, attributes or {}, is_server=is_server)


def current() -> Span:
    """Return the span of the innermost block of this task or thread."""
    return _Switch.tracer.current() if _Switch.tracer else _NOTHING


def trace_parent() -> str:
    """Return the W3C `traceparent` of this task or thread; "" outside of a span."""
    return _Switch.tracer.trace_parent() if _Switch.tracer else ""


def continue_from(given: str) -> None:
    """Make what this task does from now on a part of the trace with that `traceparent`."""
    if _Switch.tracer is not None:
        _Switch.tracer.continue_from(given)
