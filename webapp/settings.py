"""The settings, read once from the environment; a wrong one is refused by its name."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import URL

from ledger.domain.schedule import SendWindow, is_zone
from ledger.errors import BadInput, BadSetting
from ledger.messages.cost_estimate import Price
from ledger.messages.phone_numbers import is_region
from ledger.providers.account import TwilioAccount
from ledger.sending.limits import Limits
from ledger.store.engine import is_postgresql, parse_url

_DEFAULT_DATABASE = "sqlite:///instance/ledger.sqlite3"
_POSTGRESQL_FILES = Path("instance")
_SHORTEST_SECRET = 8

RETRY_FRAGMENT = "#rc=5&rp=all&ct=5000&rt=3000"
"""Twilio's connection overrides: five retries of a callback, after any failure. Never signed."""

_VALIDITY_MINUTES = 240
_SEND_WINDOW = "08:00-21:00"
_LONGEST_VALIDITY_MINUTES = 600


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set; see docs/reference/settings.md."""

    databases: "Databases"
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
    """How long Twilio may hold a text of ours before it must go out or be given up."""
    time_zone: str
    """Of the school: of times on the pages' forms, and of numbers that tell no zone."""
    window: SendWindow | None
    """The hours in which a campaign texts that says nothing else."""
    limits: Limits
    """When campaigns pause and archive themselves."""
    price: Price | None
    """Of one segment; None where no cost is shown."""
    signing_key: Path | None
    """The file that signs checkpoints, outside the database."""
    checkpoint_events: int
    checkpoint_minutes: float
    twilio: TwilioAccount


@dataclass(frozen=True, kw_only=True)
class Databases:
    """Where things are kept: four SQLite files, or four schemas of one PostgreSQL database."""

    ledger_url: str
    views_url: str
    accounts_url: str
    sending_url: str
    files: Path
    """The folder and the beginning of the name of the small files beside them."""

    def file(self, ending: str) -> Path:
        """The small file of that ending."""
        return self.files.with_name(f"{self.files.name}.{ending}")

    @property
    def is_one_machine(self) -> bool:
        """Whether files beside the ledger can be read by every process of it."""
        return self.ledger_url.startswith("sqlite")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this environment; raises `BadSetting`, naming the variable."""
    given = {
        name: value.strip()
        for name, value in (os.environ if environment is None else environment).items()
        if value.strip()
    }
    database_url = given.get("LEDGER_DATABASE_URL", _DEFAULT_DATABASE)
    databases = _databases(parse_url(database_url, "LEDGER_DATABASE_URL"), given)
    secret_key = _secret_key(given, databases)
    return Settings(
        databases=databases,
        public_url=_url(given, "LEDGER_PUBLIC_URL"),
        callback_fragment=_callback_fragment(given),
        phone_region=_region(given),
        secret_key=secret_key,
        master_key=_long_enough(given, "LEDGER_MASTER_KEY") or secret_key,
        new_master_key=_long_enough(given, "LEDGER_NEW_MASTER_KEY"),
        segments_per_second=_pace(given),
        validity_seconds=60 * _validity_minutes(given),
        time_zone=_time_zone(given),
        window=_window(given),
        limits=_limits(given),
        price=_price(given),
        signing_key=_signing_key(given, databases),
        checkpoint_events=int(_number(given, "LEDGER_CHECKPOINT_EVENTS", 50_000)),
        checkpoint_minutes=_number(given, "LEDGER_CHECKPOINT_MINUTES", 60),
        twilio=TwilioAccount(
            account_sid=given.get("TWILIO_ACCOUNT_SID", ""),
            auth_tokens=tuple(
                token
                for name in ("TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY")
                if (token := given.get(name))
            ),
            messaging_service_sid=given.get("TWILIO_MESSAGING_SERVICE_SID", ""),
            phone_number=given.get("TWILIO_PHONE_NUMBER", ""),
            api_url=_url(given, "LEDGER_TWILIO_API_URL") or "",
        ),
    )


def _databases(ledger: URL, given: Mapping[str, str]) -> Databases:
    url = ledger.render_as_string(hide_password=False)
    views = given.get("LEDGER_VIEWS_URL")
    if is_postgresql(ledger):
        if views:
            raise BadSetting(
                "LEDGER_VIEWS_URL is for SQLite alone: on PostgreSQL the views lie in the schema "
                "`views` of the ledger's own database. Leave it unset."
            )
        files = _POSTGRESQL_FILES / (ledger.database or "ledger")
        return Databases(
            ledger_url=url, views_url=url, accounts_url=url, sending_url=url, files=files
        )
    file = Path(ledger.database or "")
    files = file.with_name(file.stem)
    return Databases(
        ledger_url=url,
        views_url=_views_url(views, file) if views else f"sqlite:///{files}.views.sqlite3",
        accounts_url=f"sqlite:///{files}.accounts.sqlite3",
        sending_url=f"sqlite:///{files}.sending.sqlite3",
        files=files,
    )


def _views_url(views: str, ledger: Path) -> str:
    parsed = parse_url(views, "LEDGER_VIEWS_URL")
    if is_postgresql(parsed):
        raise BadSetting("LEDGER_VIEWS_URL must name a SQLite file where the ledger is one.")
    if Path(parsed.database or "").absolute() == ledger.absolute():
        raise BadSetting("LEDGER_VIEWS_URL names the ledger's own file; the views want their own.")
    return views


def _secret_key(given: Mapping[str, str], databases: Databases) -> str:
    """The secret that was set, else one made at the first start and kept beside the ledger."""
    secret = _long_enough(given, "LEDGER_SECRET_KEY")
    if not secret and not databases.is_one_machine:
        raise BadSetting(
            "LEDGER_SECRET_KEY is not set; with PostgreSQL every process must be given the same."
        )
    return secret or _kept_secret(databases.file("secret_key"))


def _kept_secret(file: Path) -> str:
    if file.exists():
        return file.read_text().strip()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent) as draft:  # readable by us alone
            draft.write(secrets.token_urlsafe(32))
            draft.flush()
            with contextlib.suppress(FileExistsError):  # another process was first
                os.link(draft.name, file)
    except OSError as error:
        raise BadSetting(
            f"The folder {file.parent} cannot be written ({error.strerror}). Make it writable, or "
            "set LEDGER_DATABASE_URL to a file elsewhere."
        ) from error
    return file.read_text().strip()


def _long_enough(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "")
    if value and len(value) < _SHORTEST_SECRET:
        raise BadSetting(f"{name} is too short; give {_SHORTEST_SECRET} characters or more.")
    return value


def _url(given: Mapping[str, str], name: str) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    if not _is_base_address(value):
        raise BadSetting(f"{name} must be an address such as https://texts.school.example.")
    return value.rstrip("/")


def _is_base_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, a bracket that is not closed
        return False
    return has_host and parts.scheme in {"http", "https"} and not (parts.query or parts.fragment)


def _callback_fragment(given: Mapping[str, str]) -> str:
    wanted = given.get("LEDGER_CALLBACK_RETRIES", "on")
    if wanted not in {"on", "off"}:
        raise BadSetting("LEDGER_CALLBACK_RETRIES must be on or off.")
    return RETRY_FRAGMENT if wanted == "on" else ""


def _region(given: Mapping[str, str]) -> str:
    region = given.get("LEDGER_PHONE_REGION", "US").upper()
    if not is_region(region):
        raise BadSetting("LEDGER_PHONE_REGION must be a country's two letters, such as US or GB.")
    return region


def _pace(given: Mapping[str, str]) -> float | None:
    value = given.get("LEDGER_SEGMENTS_PER_SECOND")
    if value is None:
        return None
    try:
        pace = float(value)
    except ValueError:
        pace = 0.0
    if not 0 < pace < float("inf"):
        raise BadSetting("LEDGER_SEGMENTS_PER_SECOND must be a number above 0, such as 1 or 100.")
    return pace


def _validity_minutes(given: Mapping[str, str]) -> int:
    minutes = _number(given, "LEDGER_VALIDITY_MINUTES", _VALIDITY_MINUTES)
    if minutes > _LONGEST_VALIDITY_MINUTES:
        raise BadSetting(
            f"LEDGER_VALIDITY_MINUTES must be at most {_LONGEST_VALIDITY_MINUTES}: so long, ten "
            "hours, Twilio holds a text."
        )
    return int(minutes)


def _price(given: Mapping[str, str]) -> Price | None:
    """An amount and a currency, such as 0.0083 USD."""
    if "LEDGER_PRICE_PER_SEGMENT" not in given:
        return None
    amount, _, currency = given["LEDGER_PRICE_PER_SEGMENT"].partition(" ")
    try:
        price = Price(Decimal(amount), currency.strip().upper())
    except InvalidOperation:
        price = Price(Decimal("NaN"), "")
    if not (price.amount.is_finite() and price.amount >= 0 and price.currency):
        raise BadSetting("LEDGER_PRICE_PER_SEGMENT must be a price such as 0.0083 USD.")
    return price


def _time_zone(given: Mapping[str, str]) -> str:
    zone = given.get("LEDGER_TIME_ZONE", "UTC")
    if not is_zone(zone):
        raise BadSetting("LEDGER_TIME_ZONE must be a time zone such as America/New_York.")
    return zone


def _window(given: Mapping[str, str]) -> SendWindow | None:
    try:
        return SendWindow.parse(given.get("LEDGER_SEND_WINDOW", _SEND_WINDOW))
    except BadInput as error:
        raise BadSetting(f"LEDGER_SEND_WINDOW: {error}") from error


def _limits(given: Mapping[str, str]) -> Limits:
    percent = given.get("LEDGER_PAUSE_AT_PERCENT", "50")
    days = given.get("LEDGER_ARCHIVE_AFTER_DAYS", "none")
    return Limits(
        of_last=int(_number(given, "LEDGER_PAUSE_OF_LAST", 100)),
        failure_share=None if percent == "none" else _percent(given) / 100,
        archive_after=None
        if days == "none"
        else timedelta(days=_number(given, "LEDGER_ARCHIVE_AFTER_DAYS", 1)),
    )


def _percent(given: Mapping[str, str]) -> float:
    percent = _number(given, "LEDGER_PAUSE_AT_PERCENT", 50)
    if percent > 100:
        raise BadSetting("LEDGER_PAUSE_AT_PERCENT must be a number from 1 to 100, or none.")
    return percent


def _signing_key(given: Mapping[str, str], databases: Databases) -> Path | None:
    name = given.get("LEDGER_SIGNING_KEY")
    if name:
        return Path(name)
    return databases.file("signing_key") if databases.is_one_machine else None


def _number(given: Mapping[str, str], name: str, default: float) -> float:
    try:
        value = float(given.get(name, default))
    except ValueError:
        value = 0.0
    if not 1 <= value < float("inf"):
        raise BadSetting(f"{name} must be a number, 1 or more.")
    return value
