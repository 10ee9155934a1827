"""The settings, read once from the environment; a wrong one is refused by its name, with its cure.

What each of them means is in docs/reference/settings.md.
"""

import os
import pkgutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from ledger.domain.schedule import SendWindow, is_zone
from ledger.errors import BadInput, BadSetting
from ledger.messages.cost_estimate import Price
from ledger.providers.account import TwilioAccount
from ledger.sending.limits import Limits
from webapp.databases import Databases, kept_secret

RETRY_FRAGMENT = "#rc=5&rp=all&ct=5000&rt=3000"
"""Twilio's connection overrides: five retries of a callback, after any failure. Never signed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set; see docs/reference/settings.md."""

    databases: Databases
    public_url: str | None
    """Where Twilio reaches us, without a slash at its end; None: callbacks are refused."""
    callback_fragment: str
    """What a callback address ends with; Twilio takes it for itself."""
    phone_region: str
    secret_key: str
    master_key: str
    new_master_key: str
    """What `keys rotate` changes the master key to; blank otherwise."""
    segments_per_second: float | None
    validity_seconds: int
    """How long Twilio may hold a text before it gives it up."""
    time_zone: str
    """The school's: for times without a zone, and for numbers whose zone is not known."""
    window: SendWindow | None
    """The hours in which a campaign texts unless it names others; None: all day."""
    limits: Limits
    """When campaigns pause and archive themselves."""
    price: Price | None
    """The price of one segment; None: no cost is shown."""
    signing_key: Path | None
    """The file that signs checkpoints, outside the database."""
    checkpoint_events: int
    checkpoint_minutes: float
    twilio: TwilioAccount


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this environment; raises `BadSetting`, naming the variable."""
    read = _Environment(os.environ if environment is None else environment)
    databases = Databases.of(
        ledger=read.text("LEDGER_DATABASE_URL") or "sqlite:///instance/ledger.sqlite3",
        views=read.text("LEDGER_VIEWS_URL"),
    )
    secret_key = read("LEDGER_SECRET_KEY", _SECRET, "") or _made_secret(databases)
    retries = read("LEDGER_CALLBACK_RETRIES", _ON_OR_OFF, "on")
    return Settings(
        databases=databases,
        public_url=read("LEDGER_PUBLIC_URL", _ADDRESS, None),
        callback_fragment=RETRY_FRAGMENT if retries == "on" else "",
        phone_region=read("LEDGER_PHONE_REGION", _REGION, "US"),
        secret_key=secret_key,
        master_key=read("LEDGER_MASTER_KEY", _SECRET, secret_key),
        new_master_key=read("LEDGER_NEW_MASTER_KEY", _SECRET, ""),
        segments_per_second=read("LEDGER_SEGMENTS_PER_SECOND", _RATE, None),
        validity_seconds=60 * int(read("LEDGER_VALIDITY_MINUTES", _VALIDITY, 240)),
        time_zone=read("LEDGER_TIME_ZONE", _ZONE, "UTC"),
        window=read("LEDGER_SEND_WINDOW", _HOURS, SendWindow.parse("08:00-21:00")),
        limits=_limits(read),
        price=read("LEDGER_PRICE_PER_SEGMENT", _PRICE, None),
        signing_key=_signing_key(read, databases),
        checkpoint_events=int(read("LEDGER_CHECKPOINT_EVENTS", _NUMBER, 50_000)),
        checkpoint_minutes=read("LEDGER_CHECKPOINT_MINUTES", _NUMBER, 60),
        twilio=_twilio(read),
    )


def _made_secret(databases: Databases) -> str:
    if not databases.is_one_machine:
        raise BadSetting(
            "LEDGER_SECRET_KEY is not set; with PostgreSQL every process must be given the same."
        )
    return kept_secret(databases.file("secret_key"))


def _limits(read: "_Environment") -> Limits:
    percent = read("LEDGER_PAUSE_AT_PERCENT", _PERCENT, 50)
    days = read("LEDGER_ARCHIVE_AFTER_DAYS", _DAYS, "none")
    return Limits(
        of_last=int(read("LEDGER_PAUSE_OF_LAST", _NUMBER, 100)),
        failure_share=None if percent == "none" else percent / 100,
        archive_after=None if days == "none" else timedelta(days=days),
    )


def _signing_key(read: "_Environment", databases: Databases) -> Path | None:
    if name := read.text("LEDGER_SIGNING_KEY"):
        return Path(name)
    return databases.file("signing_key") if databases.is_one_machine else None


def _twilio(read: "_Environment") -> TwilioAccount:
    tokens = (read.text("TWILIO_AUTH_TOKEN"), read.text("TWILIO_AUTH_TOKEN_SECONDARY"))
    return TwilioAccount(
        account_sid=read.text("TWILIO_ACCOUNT_SID"),
        auth_tokens=tuple(token for token in tokens if token),
        messaging_service_sid=read.text("TWILIO_MESSAGING_SERVICE_SID"),
        phone_number=read.text("TWILIO_PHONE_NUMBER"),
        api_url=read("LEDGER_TWILIO_API_URL", _ADDRESS, ""),
    )


# What a variable must be.


@dataclass(frozen=True)
class _Kind:
    """How the words of a variable are read, and what they must be: "a time zone such as …"."""

    parse: Callable[[str], Any]
    must_be: str


class _Environment:
    """The variables that are set; one that is blank counts as not set."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str) -> str:
        """Its words; blank where it is not set."""
        return self._variables.get(name, "").strip()

    def __call__(self, name: str, kind: _Kind, default: Any) -> Any:
        """What its words mean; raises `BadSetting` where they mean nothing."""
        words = self.text(name)
        try:
            return kind.parse(words) if words else default
        except (ValueError, ArithmeticError, msgspec.ValidationError, BadInput) as error:
            raise BadSetting(f"{name} must be {kind.must_be}.") from error


def _kind(kind: Any, must_be: str) -> _Kind:
    """What msgspec converts words to; it bounds numbers and lengths."""
    return _Kind(partial(msgspec.convert, type=kind, strict=False), must_be)


def _address(words: str) -> str:
    parts = urlsplit(words)
    is_base = parts.scheme in {"http", "https"} and not (parts.query or parts.fragment)
    if not (is_base and parts.hostname and parts.port != 0):
        raise ValueError(words)
    return words.rstrip("/")


def _region(words: str) -> str:
    region = words.upper()
    if not pkgutil.resolve_name("ledger.phone:is_region")(region):  # rarely set, slow to import
        raise ValueError(words)
    return region


def _zone(words: str) -> str:
    if not is_zone(words):
        raise ValueError(words)
    return words


def _price(words: str) -> Price:
    amount, _, currency = words.partition(" ")
    price = Price(Decimal(amount), currency.strip().upper())
    if not (price.amount.is_finite() and price.amount >= 0 and price.currency):
        raise ValueError(words)
    return price


_FINITE = sys.float_info.max

_ADDRESS = _Kind(_address, "an address such as https://texts.school.example")
_HOURS = _Kind(SendWindow.parse, "hours of one day such as 08:00-21:00, or none")
_PRICE = _Kind(_price, "a price such as 0.0083 USD")
_REGION = _Kind(_region, "a country's two letters, such as US or GB")
_ZONE = _Kind(_zone, "a time zone such as America/New_York")
_DAYS = _kind(
    Annotated[float, Meta(ge=1, le=36_500)] | Literal["none"], "days from 1 to 36500, or none"
)
_NUMBER = _kind(Annotated[float, Meta(ge=1, le=_FINITE)], "a number, 1 or more")
_ON_OR_OFF = _kind(Literal["on", "off"], "on or off")
_PERCENT = _kind(
    Annotated[float, Meta(ge=1, le=100)] | Literal["none"], "a number from 1 to 100, or none"
)
_RATE = _kind(Annotated[float, Meta(gt=0, le=_FINITE)], "a number above 0, such as 1 or 100")
_SECRET = _kind(Annotated[str, Meta(min_length=8)], "8 characters or more, better 32")
_VALIDITY = _kind(
    Annotated[float, Meta(ge=1, le=600)],
    "minutes from 1 to 600: so long, ten hours, Twilio holds a text",
)
