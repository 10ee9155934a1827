"""The contract between the ledger and a provider of texts."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ledger.domain.events import Parameters
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.vocabulary import LineType


@dataclass(frozen=True, kw_only=True)
class OutgoingText:
    """A text to be sent: E.164 number, body, callback address, and how long it may wait."""

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
    """The provider answered that it does not take the text."""

    http_status: int
    code: str | None
    message: str = ""
    retry_after_seconds: float | None = None
    is_from_provider: bool = True
    """False for an answer without the provider's error body: a gateway's page, a redirect."""


@dataclass(frozen=True, kw_only=True)
class NotReached:
    """The provider was certainly not asked, since there was no connection."""

    cause: str


@dataclass(frozen=True, kw_only=True)
class UnknownOutcome:
    """The provider may have taken the text: there was no answer, or an unreadable one."""

    cause: str
    is_from_provider: bool = True
    """False for a success that has no record of the text, such as a page of a gateway."""


Answer = Accepted | Refusal | NotReached | UnknownOutcome

ANSWER_KINDS = ("accepted", "refused", "too_many_requests", "not_reached", "unknown")


def kind_of(answer: Answer) -> str:
    """Return one of `ANSWER_KINDS`; "too_many_requests" is a refusal with the HTTP status 429."""
    match answer:
        case Accepted():
            return "accepted"
        case Refusal(http_status=429):
            return "too_many_requests"
        case Refusal():
            return "refused"
        case NotReached():
            return "not_reached"
        case UnknownOutcome():
            return "unknown"


@dataclass(frozen=True, kw_only=True)
class RecordPage:
    """One page of the provider's list; `next_page` is what to ask for next, None after the last."""

    records: Sequence[ProviderRecord]
    next_page: str | None


class Provider(Protocol):
    """Sends texts, reads the provider's records, and verifies its signatures.

    All times are by this machine's clock. The provider's clock may differ, so that it takes the
    difference into account both in what it is asked and in what it returns.
    """

    @property
    def timeout_seconds(self) -> float:
        """How long a call waits for an answer."""

    def send(self, text: OutgoingText) -> Answer:
        """Ask once for the text to be sent; raises for no fault of the provider or the network."""

    @property
    def sender(self) -> str:
        """The number or the messaging service that texts are sent from."""

    def cancel(self, sid: str) -> ProviderRecord | None:
        """Ask once that a text is not sent; return its record after that.

        None where the provider does not cancel it, such as one that has left already. Raises
        `ProviderError` where it cannot be asked now; it may have canceled the text all the same.
        """

    def texts_to(self, number: str) -> Sequence[ProviderRecord]:
        """All of the provider's records of texts to that number, in no order.

        Those of another sender are included. Raises `ProviderError` where it cannot be asked now.
        """

    def text(self, sid: str) -> ProviderRecord | None:
        """The provider's record of the text with that SID; None if there is none.

        Raises `UnreadableRecord` for one that makes no sense, and `ProviderError` where it cannot
        be asked now.
        """

    def pages(self, sent_since: datetime | None = None) -> Iterator[Sequence[ProviderRecord]]:
        """All of the provider's records, page by page, in no order; each page is one request.

        With `sent_since`, only those of texts that were sent since then: those that wait to be sent
        are not among them. Those of another sender are included. Raises `ProviderError` where it
        cannot be asked now; the next request is then for the same page.
        """

    def sent_on(self, day: date, page: str | None = None) -> RecordPage:
        """One page of the texts that were sent on a day of UTC, in no order; one request.

        `page` is the `next_page` of the page before; it may be used by another process, and later.
        Texts of other senders may be included. Raises `ProviderError`.
        """

    def newest_texts(
        self, since: datetime, numbers: Collection[str], after_sid: str | None = None
    ) -> Iterator[ProviderRecord]:
        """The records of texts made since then, each once, in no order, in few requests.

        A limited number of texts that were sent, and those to these numbers also where they wait to
        be sent. `after_sid` is a text that was made before every text in question: where the
        provider has it, the texts that were sent before it are not read. The times of both are by
        the provider's clock, so that no difference between clocks matters. Those of another sender
        are included. Raises `ProviderError` where it cannot be asked now.
        """

    def line_type(self, number: str, seconds: float = math.inf) -> LineType | None:
        """Look up what kind of line an E.164 number is, which costs; None where it is not known.

        Waits for the answer at most as many seconds. Raises `NotLookedUp` for a number that it
        cannot look up, and `ProviderError` where it cannot be asked now.
        """

    def is_genuine(self, url: str, parameters: Parameters, signature: str) -> bool:
        """Whether the provider signed this request to this address."""
