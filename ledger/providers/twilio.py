"""Twilio, through its own SDK; the one file that imports it.

Any server that speaks Twilio's 2010-04-01 API, and Lookup v2, can stand at `api_url`. The SDK makes
the requests; the answers are read in `twilio_answers.py`, since the SDK stops at the first odd
field.
"""

import base64
import hashlib
import hmac
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice
from typing import Any
from urllib.parse import quote

from twilio.request_validator import RequestValidator
from twilio.rest import Client

from ledger.domain.events import Parameters
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.vocabulary import LineType
from ledger.errors import UnreadableRecord
from ledger.providers.account import TwilioAccount
from ledger.providers.contract import (
    Answer,
    NotReached,
    OutgoingText,
    Refusal,
    UnknownOutcome,
)
from ledger.providers.twilio_answers import (
    answer_to_create,
    created_at,
    date_created,
    line_type_of,
    record_of,
    refusal_of,
)
from ledger.providers.twilio_http import HttpAnswer, NoAnswerError, TwilioHttp
from ledger.providers.twilio_pages import Pages, asking, json_of

_PAGE = 1000
_NEWEST = 10_000
"""The most texts that are read to see whether the ledger lost its end."""
_ORDER_MARGIN = timedelta(minutes=1)
"""How much earlier than a text that was made before it a text may be dated.

Several senders may ask at once, each for some seconds, and Twilio has more than one clock.
"""
_MESSAGES = "/Messages.json"
_NOT_FOUND = "20404"


class TwilioProvider:
    """The provider contract for Twilio."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        self._signing_keys = [
            hmac.new(token.encode(), digestmod=hashlib.sha1) for token in account.auth_tokens
        ]
        self._validators = [RequestValidator(token) for token in account.auth_tokens]
        is_complete = bool(account.account_sid and account.auth_tokens)
        self._http = TwilioHttp(account) if is_complete else None
        self._client = _client(account, self._http) if self._http else None

    @property
    def timeout_seconds(self) -> float:
        """How long a call waits for an answer."""
        return self._account.timeout_seconds

    def send(self, text: OutgoingText) -> Answer:
        """Create one Message. A 5xx, a timeout or an unreadable answer is an unknown outcome.

        After a 20404, which created nothing, it is asked once more: Twilio answers so by mistake.
        """
        answer = self._create(text)
        if isinstance(answer, Refusal) and answer.code == _NOT_FOUND:
            return self._create(text)
        return answer

    def _create(self, text: OutgoingText) -> Answer:
        form = {
            "To": text.to,
            "Body": text.body,
            "StatusCallback": text.status_callback,
            "ValidityPeriod": text.validity_seconds,
            **self._from(),
        }
        try:
            return answer_to_create(self._request("POST", _MESSAGES, data=form))
        except NoAnswerError as error:
            return _of_no_answer(error)

    @property
    def sender(self) -> str:
        """The messaging service, or the number, that texts are sent from."""
        return self._account.sender

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

    def pages(self, sent_since: datetime | None = None) -> Iterator[Sequence[ProviderRecord]]:
        """The records of the account's texts, up to a thousand in each page, in no order.

        Only texts that were sent have a date to filter by: those that wait to be sent are in the
        list of all texts alone, at any place.
        """
        first = partial(self._list, {})
        if sent_since is not None:
            first = partial(self._list_sent, sent_since)
        return map(list, map(self._records, Pages(first, self._next_page)))

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
        start = since - self._clock_offset
        known = self._message(after_sid) if after_sid else None
        made_at = known and date_created(known)
        if made_at:
            start = max(start, made_at - _ORDER_MARGIN)
        yield from self._listed({"DateSent>": _date(start)})

    def _list_sent(self, since: datetime) -> HttpAnswer:
        self._compare_clocks()
        return self._list({"DateSent>": _date(since - self._clock_offset)})

    def _message(self, sid: str) -> Mapping[str, Any] | None:
        answer = self._request("GET", f"/Messages/{quote(sid, safe='')}.json")
        if answer.status_code == 404 and refusal_of(answer).is_from_provider:
            return None
        return json_of(answer)

    def _records(self, messages: Iterable[Mapping[str, Any]]) -> Iterator[ProviderRecord]:
        for message in messages:
            if record := record_of(message, self.sender):
                yield self._by_our_clock(record)

    def _by_our_clock(self, record: ProviderRecord) -> ProviderRecord:
        return replace(record, created_at=record.created_at + self._clock_offset)

    @property
    def _clock_offset(self) -> timedelta:
        return self._http.clock_offset if self._http else timedelta(0)

    def _compare_clocks(self) -> None:
        """Ask for one text, unless an answer has told Twilio's time before."""
        if self._http is None or not self._http.is_clock_known:
            self._request("GET", _MESSAGES, params={"PageSize": 1})

    def _listed(self, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        return chain.from_iterable(Pages(partial(self._list, filters), self._next_page))

    def _list(self, filters: Mapping[str, str]) -> HttpAnswer:
        return self._request("GET", _MESSAGES, params={**filters, "PageSize": _PAGE})

    def _next_page(self, uri: str) -> HttpAnswer:
        answer: HttpAnswer = self._api().request("GET", uri)
        return answer

    def line_type(self, number: str) -> LineType | None:
        """Look the number up by Lookup v2; None where Twilio does not know its line type."""
        uri = f"/PhoneNumbers/{quote(number, safe='+')}"
        with asking():
            answer = self._sdk().lookups.v2.request(
                "GET", uri, params={"Fields": "line_type_intelligence"}
            )
            return line_type_of(json_of(answer))

    def is_genuine(self, url: str, parameters: Parameters, signature: str) -> bool:
        """Whether one of the account's auth tokens signed this; False without a token.

        The address is tried as it is written first. The SDK's validator, which is slower, tries it
        with and without its port.
        """
        text = (url + "".join([n + value for n, value in sorted(set(parameters))])).encode()
        if any(_is_signed(key, text, signature) for key in self._signing_keys):
            return True
        form = _Form(parameters)
        return any(validator.validate(url, form, signature) for validator in self._validators)

    def _request(self, method: str, path: str, **options: Any) -> HttpAnswer:
        """Make a request about the account; raises `NoAnswerError`."""
        uri = f"/Accounts/{self._account.account_sid}{path}"
        answer: HttpAnswer = self._api().v2010.request(method, uri, **options)
        return answer

    def _api(self) -> Any:
        return self._sdk().api

    def _sdk(self) -> Any:
        if self._client is None:
            self._account.check_for_sending()
        return self._client

    def _from(self) -> dict[str, str]:
        if self._account.messaging_service_sid:
            return {"MessagingServiceSid": self._account.messaging_service_sid}
        return {"From": self._account.phone_number}


class _Form:
    """Form parameters as the validator reads them: every value of a name, also blank ones."""

    def __init__(self, parameters: Parameters) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in parameters:
            self._values.setdefault(name, []).append(value)

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getlist(self, name: str) -> list[str]:
        return self._values[name]


def _is_signed(key: hmac.HMAC, text: bytes, signature: str) -> bool:
    mac = key.copy()
    mac.update(text)
    return hmac.compare_digest(base64.b64encode(mac.digest()), signature.encode())


def _client(account: TwilioAccount, http: TwilioHttp) -> Client:
    client = Client(account.account_sid, account.auth_tokens[0], http_client=http)
    if account.api_url:
        client.edge = client.region = None  # TWILIO_EDGE and TWILIO_REGION would change it
        client.api.base_url = client.lookups.base_url = account.api_url.rstrip("/")
    return client


def _of_no_answer(error: NoAnswerError) -> Answer:
    if not error.may_have_left:
        return NotReached(cause=f"Twilio could not be reached ({error.cause})")
    kind = "the connection broke" if error.is_broken else "no readable answer"
    return UnknownOutcome(cause=f"{kind} ({error.cause})")


def _date(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
