"""Twilio's records of texts; `twilio.py` makes the requests by the SDK."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain, islice
from typing import Any, Protocol
from urllib.parse import quote

from ledger.domain.outcome_classifier import LOCKED_OUT
from ledger.domain.provider_numbers import is_e164
from ledger.domain.provider_record import ProviderRecord
from ledger.errors import UnreadableRecord
from ledger.providers.contract import RecordPage
from ledger.providers.twilio_answers import created_at, date_created, record_of, refusal_of
from ledger.providers.twilio_http import HttpAnswer
from ledger.providers.twilio_pages import Pages, asking, json_of

MESSAGES = "/Messages.json"
_PAGE = 1000
_NEWEST = 10_000
"""The most texts that are read to see whether the ledger lost its end."""
_ORDER_MARGIN = timedelta(minutes=1)
"""How much earlier than a text that was made before it a text may be dated.

Several senders may ask at once, each for some seconds, and Twilio has more than one clock.
"""


class AccountRequests(Protocol):
    """Makes requests about one account. Each raises `NoAnswerError`."""

    def request(self, method: str, path: str, **options: Any) -> HttpAnswer:
        """Request a resource of the account, such as "/Messages.json"."""

    def next_page(self, uri: str) -> HttpAnswer:
        """Request a further page of a list, by the address that the page before has."""

    @property
    def clock_offset(self) -> timedelta:
        """How far this machine's clock is ahead of Twilio's, by the newest answer."""

    @property
    def is_clock_known(self) -> bool:
        """Whether an answer has told the time of Twilio's clock."""


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
            message = self._message(sid)
        if message is None:
            return None
        if not (message.get("sid") and created_at(message)):
            raise UnreadableRecord("Twilio's record of this text has no SID or no time.")
        record = record_of(message, self.sender)
        return self._by_our_clock(record) if record else None

    def cancel(self, sid: str) -> ProviderRecord | None:
        """Set the status of a text to canceled; None where Twilio says that this is not possible.

        Twilio cancels what it has not sent yet, and answers with an error for everything else.
        """
        path = f"/Messages/{quote(sid, safe='')}.json"
        with asking():
            answer = self.api.request("POST", path, data={"Status": "canceled"})
            if _is_no(answer):
                return None
            record = record_of(json_of(answer), self.sender)
        if record is None:
            raise UnreadableRecord("Twilio's record of this text has no SID or no time.")
        return self._by_our_clock(record)

    def pages(self, sent_since: datetime | None = None) -> Iterator[Sequence[ProviderRecord]]:
        """The records of the account's texts, up to a thousand in each page, in no order.

        Only texts that were sent have a date to filter by: those that wait to be sent are in the
        list of all texts alone, at any place.
        """
        first = partial(self._list, {})
        if sent_since is not None:
            first = partial(self._list_sent, sent_since)
        return map(list, map(self._records, Pages(first, self.api.next_page)))

    def sent_on(self, day: date, page: str | None = None) -> RecordPage:
        """One page of the texts of a day of Twilio's clock; see the contract.

        Twilio filters by a sending number, and not by a messaging service.
        """
        sender = {"From": self.sender} if is_e164(self.sender) else {}
        first = partial(self._list, {"DateSent": day.isoformat(), **sender})
        pages = Pages(partial(self.api.next_page, page) if page else first, self.api.next_page)
        return RecordPage(records=list(self._records(next(pages))), next_page=pages.next_uri)

    def newest_texts(
        self, since: datetime, numbers: Collection[str], after_sid: str | None = None
    ) -> Iterator[ProviderRecord]:
        """The first page of all texts and of those to each number, and the texts sent since then.

        In all, that is one request, one for each number, one for `after_sid`, and one for each
        thousand texts that were sent since then, of which at most 10,000 are read.
        """
        filters: list[dict[str, str]] = [{}, *({"To": number} for number in numbers)]
        first_pages = (islice(self._listed(each), _PAGE) for each in filters)
        sent = islice(self._sent(since, after_sid), _NEWEST)
        seen: set[str] = set()
        with asking():
            for record in self._records(chain(chain.from_iterable(first_pages), sent)):
                if record.created_at >= since and record.sid not in seen:
                    seen.add(record.sid)
                    yield record

    def _sent(self, since: datetime, after_sid: str | None) -> Iterator[Mapping[str, Any]]:
        """Those sent since then, or since `after_sid` was made, if that is later.

        A request before this one has compared the two clocks.
        """
        start = since - self.api.clock_offset
        known = self._message(after_sid) if after_sid else None
        made_at = known and date_created(known)
        if made_at:
            start = max(start, made_at - _ORDER_MARGIN)
        yield from self._listed({"DateSent>": _date(start)})

    def _list_sent(self, since: datetime) -> HttpAnswer:
        self._compare_clocks()
        return self._list({"DateSent>": _date(since - self.api.clock_offset)})

    def _compare_clocks(self) -> None:
        """Ask for one text, unless an answer has told Twilio's time before."""
        if not self.api.is_clock_known:
            self.api.request("GET", MESSAGES, params={"PageSize": 1})

    def _message(self, sid: str) -> Mapping[str, Any] | None:
        answer = self.api.request("GET", f"/Messages/{quote(sid, safe='')}.json")
        if answer.status_code == 404 and refusal_of(answer).is_from_provider:
            return None
        return json_of(answer)

    def _records(self, messages: Iterable[Mapping[str, Any]]) -> Iterator[ProviderRecord]:
        for message in messages:
            if record := record_of(message, self.sender):
                yield self._by_our_clock(record)

    def _by_our_clock(self, record: ProviderRecord) -> ProviderRecord:
        return replace(record, created_at=record.created_at + self.api.clock_offset)

    def _listed(self, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        return chain.from_iterable(Pages(partial(self._list, filters), self.api.next_page))

    def _list(self, filters: Mapping[str, str]) -> HttpAnswer:
        return self.api.request("GET", MESSAGES, params={**filters, "PageSize": _PAGE})


def _is_no(answer: HttpAnswer) -> bool:
    """Whether Twilio itself refuses, for a reason that concerns this text."""
    status = answer.status_code
    concerns_text = 400 <= status < 500 and status not in {*LOCKED_OUT, 429}
    return concerns_text and refusal_of(answer).is_from_provider


def _date(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
