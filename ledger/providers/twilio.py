"""Twilio, through its own SDK; the one file that imports it.

Any server that speaks Twilio's 2010-04-01 API, and Lookup v2, can stand at `api_url`. The SDK makes
the requests; the answers are read in `twilio_answers.py`, since the SDK stops at the first odd
field.
"""

import base64
import hashlib
import hmac
import math
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from twilio.request_validator import add_port, remove_port
from twilio.rest import Client

from ledger.domain.events import Parameters
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.vocabulary import LineType
from ledger.providers.account import TwilioAccount
from ledger.providers.contract import (
    Answer,
    NotReached,
    OutgoingText,
    RecordPage,
    Refusal,
    UnknownOutcome,
)
from ledger.providers.twilio_answers import answer_to_create, line_type_of
from ledger.providers.twilio_http import HttpAnswer, NoAnswerError, TwilioHttp
from ledger.providers.twilio_pages import asking, json_of
from ledger.providers.twilio_records import MESSAGES, TwilioRecords

_NOT_FOUND = "20404"


class TwilioProvider:
    """The provider contract for Twilio."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        self._signing_keys = [
            hmac.new(token.encode(), digestmod=hashlib.sha1) for token in account.auth_tokens
        ]
        self._api = _Api(account)
        self._records = TwilioRecords(self._api, account.sender)

    @property
    def timeout_seconds(self) -> float:
        """How long a call waits for an answer."""
        return self._account.timeout_seconds

    @property
    def sender(self) -> str:
        """The messaging service, or the number, that texts are sent from."""
        return self._account.sender

    def send(self, text: OutgoingText) -> Answer:
        """Create one Message. A 5xx, a timeout or an unreadable answer is an unknown outcome.

        After a 20404, which created nothing, it is asked once more: Twilio answers so by mistake.
        All of it takes `timeout_seconds` at most.
        """
        deadline = time.monotonic() + self.timeout_seconds
        answer = self._create(text, deadline)
        if isinstance(answer, Refusal) and answer.code == _NOT_FOUND:
            return self._create(text, deadline)
        return answer

    def _create(self, text: OutgoingText, deadline: float) -> Answer:
        form = {
            "To": text.to,
            "Body": text.body,
            "StatusCallback": text.status_callback,
            "ValidityPeriod": text.validity_seconds,
            **self._from(),
        }
        try:
            seconds_left = deadline - time.monotonic()
            return answer_to_create(
                self._api.request("POST", MESSAGES, data=form, timeout=seconds_left)
            )
        except NoAnswerError as error:
            return _of_no_answer(error)

    def _from(self) -> dict[str, str]:
        if self._account.messaging_service_sid:
            return {"MessagingServiceSid": self._account.messaging_service_sid}
        return {"From": self._account.phone_number}

    def cancel(self, sid: str) -> ProviderRecord | None:
        """See `TwilioRecords`."""
        return self._records.cancel(sid)

    def texts_to(self, number: str) -> Sequence[ProviderRecord]:
        """See `TwilioRecords`."""
        return self._records.texts_to(number)

    def text(self, sid: str) -> ProviderRecord | None:
        """See `TwilioRecords`."""
        return self._records.text(sid)

    def pages(self, sent_since: datetime | None = None) -> Iterator[Sequence[ProviderRecord]]:
        """See `TwilioRecords`."""
        return self._records.pages(sent_since)

    def sent_on(self, day: date, page: str | None = None) -> RecordPage:
        """See `TwilioRecords`."""
        return self._records.sent_on(day, page)

    def newest_texts(
        self, since: datetime, numbers: Collection[str], after_sid: str | None = None
    ) -> Iterator[ProviderRecord]:
        """See `TwilioRecords`."""
        return self._records.newest_texts(since, numbers, after_sid)

    def line_type(self, number: str, seconds: float = math.inf) -> LineType | None:
        """Look the number up by Lookup v2; None where Twilio does not know its line type."""
        with asking():
            return line_type_of(json_of(self._api.look_up(number, seconds)))

    def is_genuine(self, url: str, parameters: Parameters, signature: str) -> bool:
        """Whether one of the account's auth tokens signed this; False without a token.

        The address is tried as it is written first, then with its port or without it: Twilio signs
        some with the port and some without.
        """
        words = "".join([name + value for name, value in sorted(set(parameters))])
        return any(
            _is_signed(key, (address + words).encode(), signature)
            for address in _with_and_without_port(url)
            for key in self._signing_keys
        )


class _Api:
    """Requests about one account, by Twilio's SDK. Each raises `NoAnswerError`.

    Raises `BadSetting` where the account has no SID or no token.
    """

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        is_complete = bool(account.account_sid and account.auth_tokens)
        self.http = TwilioHttp(account) if is_complete else None
        self.client = _client(account, self.http) if self.http else None

    def request(self, method: str, path: str, **options: Any) -> HttpAnswer:
        uri = f"/Accounts/{self._account.account_sid}{path}"
        answer: HttpAnswer = self._sdk().api.v2010.request(method, uri, **options)
        return answer

    def next_page(self, uri: str) -> HttpAnswer:
        answer: HttpAnswer = self._sdk().api.request("GET", uri)
        return answer

    def look_up(self, number: str, seconds: float) -> HttpAnswer:
        answer: HttpAnswer = self._sdk().lookups.v2.request(
            "GET",
            f"/PhoneNumbers/{quote(number, safe='+')}",
            params={"Fields": "line_type_intelligence"},
            timeout=None if math.isinf(seconds) else seconds,
        )
        return answer

    @property
    def clock_offset(self) -> timedelta:
        return self.http.clock_offset if self.http else timedelta(0)

    @property
    def is_clock_known(self) -> bool:
        return self.http is None or self.http.is_clock_known

    def _sdk(self) -> Any:
        if self.client is None:
            self._account.check_for_sending()
        return self.client


def _with_and_without_port(url: str) -> Iterator[str]:
    """Yield an address as it is written, then as the SDK's validator also tries it."""
    yield url
    parts = urlsplit(url)
    for address in (remove_port(parts), add_port(parts)):
        if address != url:
            yield address


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
