"""Records spans by OpenTelemetry's SDK and sends them by OTLP over HTTP, in a thread of its own.

The one module that imports OpenTelemetry. Its variables, all `OTEL_…`, are read by the SDK itself.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ledger.observer import Observer
from webapp.tracing import Attributes, Span

_SERVICE = "delivery-ledger"
_TIMEOUT_SECONDS = 5.0
"""How long a collector may be silent; the end of the program waits for the last spans as long."""
_TIMEOUT_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
_PARENT = "traceparent"

_propagator = TraceContextTextMapPropagator()


def open_telemetry() -> "OpenTelemetryTracer":
    """Return the tracer of this process, which sends to where the variables say."""
    is_named = bool(os.environ.get("OTEL_SERVICE_NAME"))
    is_timed = any(os.environ.get(name) for name in _TIMEOUT_VARIABLES)
    resource = Resource.create({} if is_named else {"service.name": _SERVICE})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(timeout=None if is_timed else _TIMEOUT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return OpenTelemetryTracer(provider)


class OpenTelemetryTracer:
    """See `webapp.tracing.Tracer`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(_SERVICE)
        self.observer: Observer = _LedgerObserver(self._tracer)

    def span(
        self, name: str, attributes: Attributes, *, is_server: bool
    ) -> AbstractContextManager[Span]:
        """Record what the block does; of an error its class, as its words may hold data."""
        kind = SpanKind.SERVER if is_server else SpanKind.INTERNAL
        return _recorded(self._tracer, name, kind=kind, attributes=attributes)

    def current(self) -> Span:
        """Return the span of the innermost block of this task or thread."""
        return _Recorded(trace.get_current_span())

    def trace_parent(self) -> str:
        """Return the W3C `traceparent` of this task or thread; "" outside of a span."""
        carrier: dict[str, str] = {}
        _propagator.inject(carrier)
        return carrier.get(_PARENT, "")

    def continue_from(self, trace_parent: str) -> None:
        """Continue another process's trace; what is not well-formed begins a new one."""
        context.attach(_propagator.extract({_PARENT: trace_parent}, Context()))

    def close(self) -> None:
        """Send the spans that were not sent yet."""
        self._provider.shutdown()


class _Recorded(Span):
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def add(self, **attributes: str | int | bool) -> None:
        self._span.set_attributes({_dotted(name): value for name, value in attributes.items()})

    def rename(self, name: str) -> None:
        self._span.update_name(name)


def _dotted(name: str) -> str:
    return "_".join(part.replace("_", ".") for part in name.split("__"))


@contextmanager
def _recorded(tracer: trace.Tracer, name: str, **options: Any) -> Iterator[Span]:
    with tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False, **options
    ) as span:
        try:
            yield _Recorded(span)
        except BaseException as error:
            _fail(span, error)
            raise


def _fail(span: trace.Span, error: BaseException) -> None:
    span.set_attribute("error.type", type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR))


class _LedgerObserver(Observer):
    """A span for each command, until it is durable; one for each commit, with links to those."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def submitted(self, command: str) -> trace.Span:
        return self._tracer.start_span(f"execute {command}")

    def committing(self, submitted: Sequence[object | None], /) -> AbstractContextManager[object]:
        spans = [span for span in submitted if isinstance(span, trace.Span)]
        return _recorded(
            self._tracer,
            "commit",
            context=Context(),
            links=[trace.Link(span.get_span_context()) for span in spans],
            attributes={"ledger.commands": len(submitted)},
        )

    def ended(self, submitted: object, error: BaseException | None) -> None:
        if isinstance(submitted, trace.Span):
            if error is not None:
                _fail(submitted, error)
            submitted.end()
