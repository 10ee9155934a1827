"""What the sender and the callbacks need of any provider of texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledger.domain.events import Parameters
from ledger.domain.provider_record import ProviderRecord


@dataclass(frozen=True, kw_only=True)
class OutgoingText:
    """One text to be sent: E.164 number, body, where to report, and how long it may wait."""

    to: str
    body: str
    status_callback: str
    validity_seconds: int


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The provider has taken the text."""

    sid: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The provider answered that it did not take the text."""

    http_status: int
    code: str | None
    message: str = ""
    retry_after_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class NotReached:
    """The provider was certainly never asked: no connection came about."""

    cause: str


@dataclass(frozen=True, kw_only=True)
class UnknownOutcome:
    """The provider may or may not have taken the text: no answer, or none that can be read."""

    cause: str


Answer = Accepted | Refusal | NotReached | UnknownOutcome


class Provider(Protocol):
    """Sends texts and knows its own signature."""

    @property
    def timeout_seconds(self) -> float:
        """After how long without an answer a call is given up."""

    def send(self, text: OutgoingText) -> Answer:
        """Ask once for the text to be sent; never raises for what the provider or network does."""

    @property
    def sender(self) -> str:
        """The number or the messaging service that our texts come from."""

    def texts_to(self, number: str, since: datetime) -> Sequence[ProviderRecord]:
        """The texts to that number since then, by the provider's records, in no order.

        There may be others among them: older ones, and those of another sender.
        Raises `ProviderError` where it cannot be asked now.
        """

    def text(self, sid: str) -> ProviderRecord | None:
        """What its records tell of one text; None where they know none of that SID.

        Raises `ProviderError` where it cannot be asked now.
        """

    def texts_since(self, since: datetime) -> Iterator[ProviderRecord]:
        """The texts to anybody since then, each once and in no order, asked for page by page.

        Those of another sender may be among them.
        Raises `ProviderError` where it cannot be asked now.
        """

    def is_genuine(self, url: str, parameters: Parameters, signature: str) -> bool:
        """Whether the provider signed this request to this address."""
