"""Twilio's records of texts, read page by page; `twilio.py` makes the requests by the SDK."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, Protocol
from urllib.parse import quote

from ledger.domain.provider_record import ProviderRecord
from ledger.errors import ProviderError, UnreadableRecord
from ledger.providers.twilio_answers import (
    created_at,
    json_object,
    record_of,
    refusal_of,
    retry_after_seconds,
)
from ledger.providers.twilio_http import HttpAnswer, NoAnswerError

MESSAGES = "/Messages.json"
_PAGE = 1000
_NEWEST = 10_000
"""The most texts that are read to see whether the ledger lost its end."""


class AccountRequests(Protocol):
    """Makes requests about one account. Each raises `NoAnswerError`."""

    def request(self, method: str, path: str, **options: Any) -> HttpAnswer:
        """Request a resource of the account, such as "/Messages.json"."""

    def next_page(self, uri: str) -> HttpAnswer:
        """Request a further page of a list, by the address that the page before has."""

    @property
    def clock_offset(self) -> timedelta:
        """How far this machine's clock is ahead of Twilio's, by the newest answer."""


@dataclass(frozen=True)
class TwilioRecords:
    """Reads records of texts; `sender` is the number or messaging service that texts come from."""

    api: AccountRequests
    sender: str

    def texts_to(self, number: str) -> Sequence[ProviderRecord]:
        """The records of all texts to that number; a limit would depend on the list's order."""
        with asking():
            return list(self._records(self._listed({"To": number})))

    def text(self, sid: str) -> ProviderRecord | None:
        """The record of one text; None if Twilio has none of that SID, or not any more."""
        with asking():
            answer = self.api.request("GET", f"/Messages/{quote(sid, safe='')}.json")
            if answer.status_code == 404 and refusal_of(answer).is_from_provider:
                return None
            message = json_of(answer)
        if not (message.get("sid") and created_at(message)):
            raise UnreadableRecord("Twilio's record of this text has no SID or no time.")
        record = record_of(message, self.sender)
        return self._by_our_clock(record) if record else None

    def texts_since(self, since: datetime) -> Iterator[ProviderRecord]:
        """The records of the account's texts that were made since then, each once, in no order.

        Only texts that were sent have a date to filter by. Those that wait to be sent are in the
        list of all texts, which is read up to a page of older ones. They may be behind that, too:
        `texts_to` finds them.
        """
        return self._distinct(since, chain(self._latest(since), self._sent(since)))

    def newest_texts(self, since: datetime, numbers: Collection[str]) -> Iterator[ProviderRecord]:
        """The same, of as many texts as are read within seconds on a large account."""
        filters: list[dict[str, str]] = [{}, *({"To": number} for number in numbers)]
        first_pages = (islice(self._listed(each), _PAGE) for each in filters)
        sent = islice(self._sent(since), _NEWEST)
        return self._distinct(since, chain(chain.from_iterable(first_pages), sent))

    def _latest(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        for messages in self._pages({}, _PAGE):
            yield from messages
            times = [created_at(message) for message in messages]
            if all(time and time < since - self.api.clock_offset for time in times):
                return

    def _sent(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Those sent since then; a request before this one has compared the two clocks."""
        yield from self._listed({"DateSent>": _date(since - self.api.clock_offset)})

    def _distinct(
        self, since: datetime, messages: Iterable[Mapping[str, Any]]
    ) -> Iterator[ProviderRecord]:
        seen = set()
        with asking():
            for record in self._records(messages):
                if record.created_at >= since and record.sid not in seen:
                    seen.add(record.sid)
                    yield record

    def _records(self, messages: Iterable[Mapping[str, Any]]) -> Iterator[ProviderRecord]:
        for message in messages:
            if record := record_of(message, self.sender):
                yield self._by_our_clock(record)

    def _by_our_clock(self, record: ProviderRecord) -> ProviderRecord:
        return replace(record, created_at=record.created_at + self.api.clock_offset)

    def _listed(self, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        return chain.from_iterable(self._pages(filters, _PAGE))

    def _pages(
        self, filters: Mapping[str, str], size: int
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Yield the records of each page of a list; what is no record is left out."""
        page = json_of(self.api.request("GET", MESSAGES, params={**filters, "PageSize": size}))
        while True:
            messages = page.get("messages")
            if not isinstance(messages, list):
                raise ProviderError("Twilio cannot be asked now (a list without texts).")
            yield [message for message in messages if isinstance(message, dict)]
            uri = page.get("next_page_uri")
            if not isinstance(uri, str) or not uri:
                return
            page = json_of(self.api.next_page(uri))


def _date(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def json_of(answer: HttpAnswer) -> Mapping[str, Any]:
    """Return the JSON object of a 2xx; raises `ProviderError` for any other answer."""
    if answer.status_code == 429:
        wait = retry_after_seconds(answer.headers)
        raise ProviderError("Twilio has had too many requests.", retry_after_seconds=wait)
    document = json_object(answer.text) if 200 <= answer.status_code < 300 else {}
    if not document:
        raise ProviderError(f"Twilio cannot be asked now (HTTP {answer.status_code}).")
    return document


@contextmanager
def asking() -> Iterator[None]:
    """Raise `ProviderError` where there is no answer."""
    try:
        yield
    except NoAnswerError as error:
        raise ProviderError(f"Twilio cannot be asked now ({error.cause}).") from None
