"""Twilio, through its own SDK; the one file that imports it.

Any server that speaks Twilio's 2010-04-01 API can stand at `api_url`.
"""

import base64
import hashlib
import hmac
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from ledger.domain.events import Parameters
from ledger.domain.provider_record import ProviderRecord
from ledger.errors import ProviderError
from ledger.messages.phone_numbers import from_provider
from ledger.providers.account import TwilioAccount
from ledger.providers.contract import (
    Accepted,
    Answer,
    NotReached,
    OutgoingText,
    Refusal,
    UnknownOutcome,
)

_TEXTS_LISTED = 50
_PAGE = 1000
_TRIAL_PREFIX = "Sent from your Twilio trial account - "
"""Twilio puts this before every text of a trial account."""

_NO_ANSWER = (requests.RequestException, TwilioException, ValueError, TypeError, AttributeError)
"""What the SDK raises when an answer is missing, or is not the JSON that it expects."""


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
        """Create one Message. A 5xx, a timeout or an unreadable answer is an unknown outcome."""
        try:
            message = self._messages().create(
                to=text.to,
                body=text.body,
                status_callback=text.status_callback,
                validity_period=text.validity_seconds,
                **self._from(),
            )
        except _TooManyRequestsError as error:
            return error.refusal
        except TwilioRestException as error:
            return _of_error(error)
        except requests.ConnectionError as error:
            return _of_no_connection(error)
        except _NO_ANSWER as error:
            return UnknownOutcome(cause=f"no readable answer ({type(error).__name__})")
        if not message.sid or not isinstance(message.sid, str):
            return UnknownOutcome(cause="an answer without a SID")
        return Accepted(sid=message.sid, status=str(message.status or "queued"))

    @property
    def sender(self) -> str:
        """The messaging service, or the number, that texts are sent from."""
        return self._account.sender

    def texts_to(self, number: str, since: datetime) -> Sequence[ProviderRecord]:
        """The records of texts to that number, from two lists: unsent texts have no date."""
        with _asking():
            latest = self._messages().list(to=number, limit=_TEXTS_LISTED)
            sent = self._messages().list(to=number, date_sent_after=since, limit=_TEXTS_LISTED)
        messages = {message.sid: message for message in [*latest, *sent]}
        return [record for message in messages.values() if (record := self._record_of(message))]

    def text(self, sid: str) -> ProviderRecord | None:
        """The record of one text; None if Twilio has none of that SID, or not any more."""
        with _asking():
            try:
                message = self._messages().get(sid).fetch()
            except TwilioRestException as error:
                if error.status == 404:
                    return None
                raise
            if not (message.sid and message.date_created):
                raise ValueError("a record without SID or time")
            return self._record_of(message)

    def texts_since(self, since: datetime) -> Iterator[ProviderRecord]:
        """The records of the account's texts since then, each once, in no order.

        Sent texts are listed by their date. Unsent texts have no date: they are in the list of all
        texts, which is read up to the first page with older texts only.
        """
        seen = set()
        with _asking():
            sent = self._messages().stream(date_sent_after=since, page_size=_PAGE)
            for message in chain(sent, self._latest(since)):
                record = self._record_of(message)
                if record and record.created_at >= since and record.sid not in seen:
                    seen.add(record.sid)
                    yield record

    def _latest(self, since: datetime) -> Iterator[Any]:
        page = self._messages().page(page_size=_PAGE)
        while page is not None:
            messages = list(page)
            yield from messages
            is_older = all(m.date_created and m.date_created < since for m in messages)
            page = None if is_older else page.next_page()

    def _record_of(self, message: Any) -> ProviderRecord | None:
        """The record of a text that was sent by API; automatic replies are left out."""
        is_by_api = str(message.direction or "outbound-api") == "outbound-api"
        if not (message.sid and message.date_created and is_by_api):
            return None
        return ProviderRecord(
            sid=message.sid,
            status=str(message.status),
            code=str(message.error_code) if message.error_code else None,
            to=from_provider(message.to or ""),
            body=(message.body or "").removeprefix(_TRIAL_PREFIX),
            created_at=message.date_created,
            is_from_us=self.sender
            in {message.messaging_service_sid, from_provider(message.from_ or "")},
            segments=int(message.num_segments) or None if message.num_segments else None,
            price=message.price,
            currency=message.price_unit,
        )

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

    def _messages(self) -> Any:
        if self._client is None:
            self._account.check_for_sending()
        return self._client.api.v2010.account.messages  # type: ignore[union-attr]

    def _from(self) -> dict[str, str]:
        if self._account.messaging_service_sid:
            return {"messaging_service_sid": self._account.messaging_service_sid}
        return {"from_": self._account.phone_number}


class _TooManyRequestsError(Exception):
    """A 429, raised before the SDK drops its Retry-After header."""

    def __init__(self, retry_after: str | None, body: str) -> None:
        super().__init__("429")
        self.refusal = Refusal(
            http_status=429,
            code="20429",
            message=body[:500],
            retry_after_seconds=float(retry_after)
            if retry_after and retry_after.isdecimal()
            else None,
        )


class _Http(TwilioHttpClient):  # type: ignore[misc]
    def request(self, *args: Any, **kwargs: Any) -> Any:
        response = super().request(*args, **kwargs)
        if response.status_code == 429:
            raise _TooManyRequestsError((response.headers or {}).get("Retry-After"), response.text)
        return response


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
    silent = logging.getLogger("ledger.providers.twilio.http")
    silent.disabled = True  # the SDK would log numbers and texts
    http = _Http(timeout=account.timeout_seconds, logger=silent)
    for scheme in ("http://", "https://"):
        http.session.mount(scheme, HTTPAdapter(pool_maxsize=account.connections))
    client = Client(account.account_sid, account.auth_tokens[0], http_client=http)
    if account.api_url:
        client.edge = client.region = None  # TWILIO_EDGE and TWILIO_REGION would change it
        client.api.base_url = account.api_url.rstrip("/")
    return client


def _of_error(error: TwilioRestException) -> Answer:
    if error.status >= 500 or error.status < 400:
        return UnknownOutcome(cause=f"HTTP {error.status}")
    # Where the body holds no code, the SDK repeats the HTTP status in its place.
    code = str(error.code) if error.code and error.code != error.status else None
    return Refusal(http_status=error.status, code=code, message=str(error.msg))


def _of_no_connection(error: requests.ConnectionError) -> Answer:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    is_untrusted = "CERTIFICATE_VERIFY_FAILED" in str(
        error
    )  # the connection was closed before the request
    if (
        isinstance(error, requests.ConnectTimeout)
        or isinstance(reason, NewConnectionError)
        or is_untrusted
    ):
        return NotReached(cause=f"Twilio could not be reached ({type(error).__name__})")
    return UnknownOutcome(cause=f"the connection broke ({type(error).__name__})")


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except _TooManyRequestsError as error:
        wait = error.refusal.retry_after_seconds
        raise ProviderError("Twilio has had too many requests.", retry_after_seconds=wait) from None
    except _NO_ANSWER as error:
        raise ProviderError(f"Twilio cannot be asked now ({type(error).__name__}).") from error
