"""A text of the stand-in, and Twilio's JSON for it.

All statuses of a text are planned when it is created; the clock decides which one it has. Times are
seconds since 1970, UTC.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from webapp.standin.segments import segment_count

API_VERSION = "2010-04-01"
LEFT_TWILIO = frozenset({"sent", "delivered", "undelivered"})
NOT_YET_SENT = frozenset({"accepted", "queued"})
PRICE_OF_SEGMENT = Decimal("0.0079")
POOL_NUMBER = "+15005550006"
"""The sender that a messaging service takes from its pool."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A status, and when it is reached."""

    at: float
    status: str
    error_code: int | None = None


@dataclass(frozen=True, kw_only=True)
class Message:
    """One outbound text; `moments` are all its planned statuses, the earliest first."""

    sid: str
    account_sid: str
    to: str
    sender: str
    body: str
    service_sid: str | None
    status_callback: str | None
    created_at: float
    moments: tuple[Moment, ...]
    price_seconds: float = 0.0
    """How long after it has left the text has no price."""

    def moment(self, now: float) -> Moment:
        """Return the last moment reached by then."""
        reached = [moment for moment in self.moments if moment.at <= now]
        return reached[-1] if reached else self.moments[0]

    def sent_at(self) -> float | None:
        """Return when the text leaves Twilio, if ever; whole seconds, as Twilio shows it."""
        times = [moment.at for moment in self.moments if moment.status in LEFT_TWILIO]
        return float(int(times[0])) if times else None

    def as_created(self, ahead: float = 0.0) -> dict[str, Any]:
        """Return the answer to the create request, which has the first status."""
        return replace(self, moments=self.moments[:1]).as_json(self.created_at, ahead)

    def as_json(self, now: float, ahead: float = 0.0) -> dict[str, Any]:
        """Return Twilio's representation (2010-04-01, Message) as of a time.

        Its dates are of a clock that is ahead by this many seconds.
        """
        moment = self.moment(now)
        sent_at = self.sent_at()
        is_waiting = moment.status == "accepted"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": _rfc2822(self.created_at + ahead),
            "date_sent": _rfc2822(sent_at + ahead) if sent_at and sent_at <= now else None,
            "date_updated": _rfc2822(moment.at + ahead),
            "direction": "outbound-api",
            "error_code": moment.error_code,
            "error_message": moment.error_code and f"Delivery error {moment.error_code}",
            "from": None if is_waiting else self.sender,
            "messaging_service_sid": self.service_sid,
            "num_media": "0",
            "num_segments": "0" if is_waiting else str(segment_count(self.body)),
            "price": self._price(now),
            "price_unit": "USD",
            "sid": self.sid,
            "status": moment.status,
            "subresource_uris": {"media": f"{self._path}/Media.json"},
            "to": self.to,
            "uri": f"{self._path}.json",
        }

    def _price(self, now: float) -> str | None:
        """Negative, and None at first; a text that never leaves has none."""
        sent_at = self.sent_at()
        if sent_at is None or now < sent_at + self.price_seconds:
            return None
        return f"{-PRICE_OF_SEGMENT * segment_count(self.body):.5f}"

    @property
    def _path(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"


def _rfc2822(at: float) -> str:
    return _in_words(int(at))


@lru_cache(maxsize=4096)
def _in_words(second: int) -> str:
    """Cached, because it takes half the time of a page, and many texts have the same second."""
    return format_datetime(datetime.fromtimestamp(second, UTC))
