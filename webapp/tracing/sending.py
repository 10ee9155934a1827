"""A span for each text that is handed to the provider: its duration and result."""

from typing import Any, cast

from ledger.providers.contract import Answer, OutgoingText, Provider
from webapp import tracing


class _Traced:
    """A provider that calls another one, and records a span for each text."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def send(self, text: OutgoingText) -> Answer:
        """Send the text, and record the kind of answer."""
        with tracing.span("send text") as span:
            answer = self._provider.send(text)
            span.add(delivery__ledger_answer=type(answer).__name__)
            return answer


def traced(provider: Provider) -> Provider:
    """Return the provider; where traces are recorded, one that records what it sends."""
    return cast("Provider", _Traced(provider)) if tracing.is_on() else provider
