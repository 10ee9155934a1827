"""Twilio, through its own SDK; the one file that imports it.

Any server that speaks Twilio's 2010-04-01 API can stand at `api_url`. The SDK makes the requests;
the answers are read in `twilio_answers.py`, since the SDK stops at the first odd field.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from typing import Any
from urllib.parse import quote

from twilio.request_validator import RequestValidator
from twilio.rest import Client

from ledger.domain.events import Parameters
from ledger.domain.provider_record import ProviderRecord
from ledger.errors import ProviderError, UnreadableRecord
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
    json_object,
    record_of,
    refusal_of,
    retry_after_seconds,
)
from ledger.providers.twilio_http import HttpAnswer, NoAnswerError, TwilioHttp

_TEXTS_LISTED = 50
_PAGE = 1000
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
        self._client = _client(account) if account.account_sid and account.auth_tokens else None

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

    def texts_to(self, number: str, since: datetime) -> Sequence[ProviderRecord]:
        """The records of texts to that number, from two lists: unsent texts have no date."""
        filters = ({"To": number}, {"To": number, "DateSent>": _date(since)})
        records: dict[str, ProviderRecord] = {}
        with _asking():
            for each in filters:
                messages = chain.from_iterable(self._pages(each, _TEXTS_LISTED))
                for record in self._records(islice(messages, _TEXTS_LISTED)):
                    records.setdefault(record.sid, record)
        return list(records.values())

    def text(self, sid: str) -> ProviderRecord | None:
        """The record of one text; None if Twilio has none of that SID, or not any more."""
        with _asking():
            answer = self._request("GET", f"/Messages/{quote(sid, safe='')}.json")
            if answer.status_code == 404 and refusal_of(answer).is_from_provider:
                return None
            message = _json_of(answer)
        if not (message.get("sid") and created_at(message)):
            raise UnreadableRecord("Twilio's record of this text has no SID or no time.")
        return record_of(message, self.sender)

    def texts_since(self, since: datetime) -> Iterator[ProviderRecord]:
        """The records of the account's texts since then, each once, in no order.

        Sent texts are listed by their date. Unsent texts have no date: they are in the list of all
        texts, which is read up to the first page with older texts only.
        """
        seen = set()
        with _asking():
            sent = chain.from_iterable(self._pages({"DateSent>": _date(since)}, _PAGE))
            for record in self._records(chain(sent, self._latest(since))):
                if record.created_at >= since and record.sid not in seen:
                    seen.add(record.sid)
                    yield record

    def _latest(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        for messages in self._pages({}, _PAGE):
            yield from messages
            times = [created_at(message) for message in messages]
            if all(time and time < since for time in times):
                return

    def _records(self, messages: Iterable[Mapping[str, Any]]) -> Iterator[ProviderRecord]:
        for message in messages:
            if record := record_of(message, self.sender):
                yield record

    def _pages(
        self, filters: Mapping[str, str], size: int
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Yield the records of each page of a list; what is no record is left out."""
        page = _json_of(self._request("GET", _MESSAGES, params={**filters, "PageSize": size}))
        while True:
            messages = page.get("messages")
            if not isinstance(messages, list):
                raise ProviderError("Twilio cannot be asked now (a list without texts).")
            yield [message for message in messages if isinstance(message, dict)]
            uri = page.get("next_page_uri")
            if not isinstance(uri, str) or not uri:
                return
            page = _json_of(self._api().request("GET", uri))

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
        if self._client is None:
            self._account.check_for_sending()
        return self._client.api  # type: ignore[union-attr]

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


def _client(account: TwilioAccount) -> Client:
    http = TwilioHttp(account)
    client = Client(account.account_sid, account.auth_tokens[0], http_client=http)
    if account.api_url:
        client.edge = client.region = None  # TWILIO_EDGE and TWILIO_REGION would change it
        client.api.base_url = account.api_url.rstrip("/")
    return client


def _of_no_answer(error: NoAnswerError) -> Answer:
    if not error.may_have_left:
        return NotReached(cause=f"Twilio could not be reached ({error.cause})")
    kind = "the connection broke" if error.is_broken else "no readable answer"
    return UnknownOutcome(cause=f"{kind} ({error.cause})")


def _date(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _json_of(answer: HttpAnswer) -> Mapping[str, Any]:
    """Return the JSON object of a 2xx; raises `ProviderError` for any other answer."""
    if answer.status_code == 429:
        wait = retry_after_seconds(answer.headers)
        raise ProviderError("Twilio has had too many requests.", retry_after_seconds=wait)
    document = json_object(answer.text) if 200 <= answer.status_code < 300 else {}
    if not document:
        raise ProviderError(f"Twilio cannot be asked now (HTTP {answer.status_code}).")
    return document


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except NoAnswerError as error:
        raise ProviderError(f"Twilio cannot be asked now ({error.cause}).") from None
