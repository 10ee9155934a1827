"""Reads a create request, and refuses what Twilio refuses for any number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.standin.errors import TwilioError

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_BODY = 1600
_LONGEST_VALIDITY = 36_000


@dataclass(frozen=True, kw_only=True)
class CreateRequest:
    """A valid create request: what to send to whom."""

    to: str
    sender: str | None
    service_sid: str | None
    body: str
    status_callback: str | None


def read_create(form: Mapping[str, str]) -> CreateRequest:
    """Return the request in a form; raises TwilioError with Twilio's code for what is wrong."""
    request = CreateRequest(
        to=_recipient(form.get("To", "")),
        sender=form.get("From") or None,
        service_sid=form.get("MessagingServiceSid") or None,
        body=_body(form.get("Body", "")),
        status_callback=_callback(form.get("StatusCallback", "")),
    )
    if request.sender is None and request.service_sid is None:
        raise TwilioError(21603, "A 'From' number or a 'MessagingServiceSid' is required.")
    _check_validity(form.get("ValidityPeriod"))
    return request


def _recipient(to: str) -> str:
    if not to:
        raise TwilioError(21604, "A 'To' number is required.")
    if not _E164.fullmatch(to):
        raise TwilioError(21211, f"The 'To' number {to} is not a valid phone number.")
    return to


def _body(body: str) -> str:
    if not body:
        raise TwilioError(21602, "A 'Body' is required.")
    if len(body) > _LONGEST_BODY:
        raise TwilioError(21617, f"The 'Body' exceeds {_LONGEST_BODY} characters.")
    return body


def _callback(url: str) -> str | None:
    if url and not _is_http(url):
        raise TwilioError(21609, f"The 'StatusCallback' {url} is not a valid URL.")
    return url or None


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _check_validity(seconds: str | None) -> None:
    if seconds is None:
        return
    if not seconds.isdecimal() or not 1 <= int(seconds) <= _LONGEST_VALIDITY:
        raise TwilioError(21624, f"The 'ValidityPeriod' {seconds} is not from 1 to 36000 seconds.")
