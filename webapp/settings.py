"""The settings, read once from the environment; a wrong one is refused by its name, with its cure.

What each of them means is in docs/reference/settings.md.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ledger.domain.schedule import SendWindow
from ledger.errors import BadSetting
from ledger.messages.cost_estimate import Price
from ledger.providers.account import TwilioAccount
from ledger.sending.limits import Limits
from webapp.databases import Databases, kept_secret
from webapp.environment import (
    ADDRESS,
    DAYS,
    HOURS,
    NUMBER,
    ON_OR_OFF,
    PERCENT,
    PRICE,
    RATE,
    REGION,
    SECRET,
    VALIDITY,
    ZONE,
    Environment,
)

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
    read = Environment(os.environ if environment is None else environment)
    databases = Databases.of(
        ledger=read.text("LEDGER_DATABASE_URL") or "sqlite:///instance/ledger.sqlite3",
        views=read.text("LEDGER_VIEWS_URL"),
    )
    secret_key = read("LEDGER_SECRET_KEY", SECRET, "") or _made_secret(databases)
    retries = read("LEDGER_CALLBACK_RETRIES", ON_OR_OFF, "on")
    return Settings(
        databases=databases,
        public_url=read("LEDGER_PUBLIC_URL", ADDRESS, None),
        callback_fragment=RETRY_FRAGMENT if retries == "on" else "",
        phone_region=read("LEDGER_PHONE_REGION", REGION, "US"),
        secret_key=secret_key,
        master_key=read("LEDGER_MASTER_KEY", SECRET, secret_key),
        new_master_key=read("LEDGER_NEW_MASTER_KEY", SECRET, ""),
        segments_per_second=read("LEDGER_SEGMENTS_PER_SECOND", RATE, None),
        validity_seconds=60 * int(read("LEDGER_VALIDITY_MINUTES", VALIDITY, 240)),
        time_zone=read("LEDGER_TIME_ZONE", ZONE, "UTC"),
        window=read("LEDGER_SEND_WINDOW", HOURS, SendWindow.parse("08:00-21:00")),
        limits=_limits(read),
        price=read("LEDGER_PRICE_PER_SEGMENT", PRICE, None),
        signing_key=_signing_key(read, databases),
        checkpoint_events=int(read("LEDGER_CHECKPOINT_EVENTS", NUMBER, 50_000)),
        checkpoint_minutes=read("LEDGER_CHECKPOINT_MINUTES", NUMBER, 60),
        twilio=_twilio(read),
    )


def _made_secret(databases: Databases) -> str:
    if not databases.is_one_machine:
        raise BadSetting(
            "LEDGER_SECRET_KEY is not set; with PostgreSQL every process must be given the same."
        )
    return kept_secret(databases.file("secret_key"))


def _limits(read: Environment) -> Limits:
    percent = read("LEDGER_PAUSE_AT_PERCENT", PERCENT, 50)
    days = read("LEDGER_ARCHIVE_AFTER_DAYS", DAYS, "none")
    return Limits(
        of_last=int(read("LEDGER_PAUSE_OF_LAST", NUMBER, 100)),
        failure_share=None if percent == "none" else percent / 100,
        archive_after=None if days == "none" else timedelta(days=days),
    )


def _signing_key(read: Environment, databases: Databases) -> Path | None:
    if name := read.text("LEDGER_SIGNING_KEY"):
        return Path(name)
    return databases.file("signing_key") if databases.is_one_machine else None


def _twilio(read: Environment) -> TwilioAccount:
    tokens = (read.text("TWILIO_AUTH_TOKEN"), read.text("TWILIO_AUTH_TOKEN_SECONDARY"))
    return TwilioAccount(
        account_sid=read.text("TWILIO_ACCOUNT_SID"),
        auth_tokens=tuple(token for token in tokens if token),
        messaging_service_sid=read.text("TWILIO_MESSAGING_SERVICE_SID"),
        phone_number=read.text("TWILIO_PHONE_NUMBER"),
        api_url=read("LEDGER_TWILIO_API_URL", ADDRESS, ""),
    )
