"""Reads what Twilio answers: errors in both of its forms, waits, and records of texts.

    {"code": 21211, "message": "…", "more_info": "https://…/21211", "status": 400}
    {"type": "https://…/21211", "title": "…", "status": 400, "code": 21211, "detail": "…"}

Every field may have any type; one that cannot be read counts as absent.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

from ledger.domain.provider_record import ProviderRecord
from ledger.domain.vocabulary import LineType
from ledger.errors import NotLookedUp, ProviderError
from ledger.messages.outside_text import encodable
from ledger.messages.phone_numbers import from_provider
from ledger.messages.report_fields import code_of, status_of, word_of
from ledger.providers.contract import Accepted, Answer, Refusal, UnknownOutcome
from ledger.providers.twilio_http import HttpAnswer, was_not_taken

_LONGEST_MESSAGE = 500
_LONGEST_BODY = 10_000
_LONGEST_WAIT_SECONDS = 24 * 3600.0
_LOWEST_CODE = 10_000
"""Lower numbers in a body are HTTP statuses, which gateways write there."""
_FORMS = ({"message", "more_info", "status"}, {"type", "title", "status", "code"})
"""The fields of Twilio's two forms of errors. `more_info` is Twilio's own. The second form is a
standard (RFC 9457), to which Twilio adds the code."""
_TRIAL_PREFIX = "Sent from your Twilio trial account - "
"""Twilio puts this before every text of a trial account."""


def json_object(text: str) -> Mapping[str, Any]:
    """Return the JSON object of a body; an empty one for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def answer_to_create(answer: HttpAnswer) -> Answer:
    """Return what an answer to a create request means.

    A redirect comes from a gateway or a wrong address. It is not followed, so that Twilio has not
    taken the text. A 2xx without a SID may be a gateway's page in place of Twilio's answer: an
    unknown outcome, as the gateway may have passed the request on.
    """
    status = answer.status_code
    if was_not_taken(status):
        return refusal_of(answer)
    if not 200 <= status < 300:
        return UnknownOutcome(cause=f"HTTP {status}")
    message = json_object(answer.text)
    sid = word_of(message.get("sid"))
    if not sid:
        cause = f"an answer that is not Twilio's, HTTP {status}"
        return UnknownOutcome(cause=cause, is_from_provider=False)
    return Accepted(sid=sid, status=status_of(message.get("status")) or "queued")


def refusal_of(answer: HttpAnswer) -> Refusal:
    """Return an answer as a refusal, by Twilio or by a gateway that answered in its place."""
    body = json_object(answer.text)
    code = code_of(body.get("code"))
    if code and int(code) < _LOWEST_CODE:
        code = None
    is_from_twilio = code is not None or any(body.keys() >= form for form in _FORMS)
    if answer.status_code == 429:
        code = code or "20429"
    return Refusal(
        http_status=answer.status_code,
        code=code,
        message=encodable(_message(body) or answer.text.strip(), _LONGEST_MESSAGE),
        retry_after_seconds=retry_after_seconds(answer.headers),
        is_from_provider=is_from_twilio,
    )


def _message(body: Mapping[str, Any]) -> str:
    words = [body.get(name) for name in ("message", "title", "detail")]
    return ": ".join(word.strip() for word in words if isinstance(word, str) and word.strip())


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the wait that `Retry-After` asks for, at most a day; None for none.

    A date is compared with the answer's own `Date`, since our clock may differ from Twilio's.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return min(float(value), _LONGEST_WAIT_SECONDS)
    until = _time_of(value)
    if until is None:
        return None
    now = _time_of(headers.get("Date")) or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), _LONGEST_WAIT_SECONDS)


def record_of(message: Mapping[str, Any], sender: str) -> ProviderRecord | None:
    """Return the record of a text that was sent by API; None for an automatic reply.

    Also None for a record without a SID or a time. `sender` is the number or messaging service
    that the ledger sends from now.
    """
    sid, service = word_of(message.get("sid")), word_of(message.get("messaging_service_sid"))
    created = created_at(message)
    is_by_api = word_of(message.get("direction")) in {"", "outbound-api"}
    if not (sid and created and is_by_api):
        return None
    return ProviderRecord(
        sid=sid,
        status=status_of(message.get("status")),
        code=code_of(message.get("error_code")),
        to=from_provider(word_of(message.get("to"))),
        body=_body(message.get("body")),
        created_at=created,
        is_from_us=sender == service or sender == from_provider(word_of(message.get("from"))),
        segments=int(code_of(message.get("num_segments")) or 0) or None,
        price=_price(message.get("price")),
        currency=word_of(message.get("price_unit")) or None,
    )


def _body(body: Any) -> str:
    text = encodable(body, _LONGEST_BODY) if isinstance(body, str) else ""
    return text.removeprefix(_TRIAL_PREFIX)


def _price(price: Any) -> str | None:
    text = str(price).strip()[:30]
    try:
        return text if Decimal(text).is_finite() else None
    except InvalidOperation:
        return None


def line_type_of(answer: Mapping[str, Any]) -> LineType | None:
    """Return the line type in an answer of Lookup v2; None for a number of which it has none.

        {"valid": true, "line_type_intelligence": {"type": "fixedVoip", "error_code": null}}

    Raises `NotLookedUp` for an answer with an error code, such as 60601 for a number of Canada
    without Twilio's permission, and `ProviderError` for one without the line type.
    """
    if answer.get("valid") is False:
        return None
    fields = answer.get("line_type_intelligence")
    if not isinstance(fields, dict):
        raise ProviderError("Twilio's look-up has no line type.")
    if code := code_of(fields.get("error_code")):
        raise NotLookedUp(f"Twilio could not look the number up (code {code}).")
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word_of(fields.get("type"))).lower()
    return LineType(word) if word in set(LineType) else None


def created_at(message: Mapping[str, Any]) -> datetime | None:
    """Return when a text was created, or the next time that its record has; None for none."""
    names = ("date_created", "date_sent", "date_updated")
    times = (_time_of(message.get(name)) for name in names)
    return next((time for time in times if time), None)


def date_created(message: Mapping[str, Any]) -> datetime | None:
    """Return when a text was created, by Twilio's clock; None where its record does not say it."""
    return _time_of(message.get("date_created"))


def _time_of(value: Any) -> datetime | None:
    """Return a date such as "Mon, 02 Mar 2026 09:00:00 +0000", in UTC; None for none."""
    if not isinstance(value, str):
        return None
    try:
        time = parsedate_to_datetime(value)
        return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
