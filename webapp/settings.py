"""The settings, read once from the environment; docs/reference/settings.md says what each means."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ledger.domain.schedule import SendWindow
from ledger.errors import BadSetting
from ledger.messages.cost_estimate import Price
from ledger.messages.written_times import WrittenTimes
from ledger.providers.account import TwilioAccount
from ledger.sending.limits import Limits
from ledger.sending.price_settings import PriceSettings
from ledger.store.connection_limit import MOST
from webapp.callback_retries import RETRY_FRAGMENT
from webapp.databases import Databases, kept_secret
from webapp.environment import (
    ACCOUNT_SID,
    ADDRESS,
    CONFIRMATION,
    CONNECTIONS,
    DAYS,
    HOURS,
    LOG_FORMAT,
    MAIL_ADDRESS,
    MAIL_SERVER,
    MINUTES_OR_OFF,
    NUMBER,
    ON_OR_OFF,
    PERCENT,
    PRICE,
    PROXIES,
    RATE,
    REGION,
    SECONDS_OR_NONE,
    SECRET,
    SERVICE_SID,
    VALIDITY,
    WITNESSES,
    ZONE,
    Environment,
    sender_in,
)
from webapp.sign_in_settings import SignInSettings, sign_in_settings

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from ledger.proof.witnesses import WitnessAddress
    from webapp.notices.mail_server import MailServer

DIRECTORY = "LEDGER_DIRECTORY"
"""Names the folder with the settings of each ledger; see `webapp/ledgers/directory.py`."""

CONNECTIONS_OF_ALL = "LEDGER_DATABASE_CONNECTIONS"
"""Is of the process, whatever ledgers it has open."""

_CONFIRMATION = "You will get no more texts from us. Reply START to get them again."


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting, as the program uses it."""

    databases: Databases
    public_url: str | None
    """Where Twilio posts callbacks, without a slash at the end; None: callbacks are refused."""
    is_http_allowed: bool
    """Whether Twilio may post callbacks without encryption."""
    trusted_proxies: Sequence["IPv4Network | IPv6Network"]
    """Proxies that are believed about whose requests they forward."""
    callback_fragment: str
    """The end of a callback address, which Twilio reads and does not send."""
    phone_region: str
    secret_key: str
    master_key: str
    new_master_key: str
    """The next master key, for `keys rotate`; blank when not set."""
    segments_per_second: float | None
    validity_seconds: int
    """How long Twilio may try to send a text."""
    time_zone: str
    """The school's zone: for times without a zone, and for numbers of an unknown zone."""
    window: SendWindow | None
    """The hours of a campaign that names no others; None: all day."""
    limits: Limits
    """When campaigns pause or archive by themselves."""
    price: Price | None
    """The price of one segment; None: no cost is shown."""
    price_collection: PriceSettings | None
    """How prices of texts are collected from Twilio; None: they are not."""
    look_up_price: Price | None
    """The price of one look-up of a line type; None: no cost is shown."""
    opt_out_confirmation: str | None
    """What is sent to a person who opts out in their own words; None: nothing."""
    requires_consent: bool
    """Whether a launch, a resend and an unasked reply text only people who gave consent."""
    signing_key: Path | None
    """The file with the key that signs checkpoints; None: no checkpoints are made."""
    signing_record: Path
    """The file that says what was signed last."""
    checkpoint_events: int
    checkpoint_minutes: float
    witnesses: Sequence["WitnessAddress"]
    """Who is asked to cosign checkpoints."""
    twilio: TwilioAccount
    undo_seconds: int
    """How long a launch on a page can be stopped before its first text; 0: not at all."""
    database_connections: int = MOST
    """The most connections that a process opens to one PostgreSQL server, for all ledgers."""
    metrics_token: str = ""
    """Who has it may read /metrics from another machine; blank: nobody may."""
    allows_private_webhooks: bool = False
    """Whether webhook endpoints may be http, and on this machine or its networks."""
    mail_server: "MailServer | None" = None
    """Where notices are handed over as mails; None: none are sent."""
    mail_from: str = ""
    """The address from which they come."""
    sign_in: SignInSettings = field(default_factory=SignInSettings)
    """How people may sign in other than by a password or a link."""
    ledger_name: str | None = None
    """The name by which `--ledger` chooses it; None where there is no directory of ledgers."""

    def written_times(self, now: datetime) -> WrittenTimes:
        """Return how times in files are read; they are of the past."""
        return WrittenTimes(zone=self.time_zone, region=self.phone_region, now=now)

    @property
    def ledger_options(self) -> list[str]:
        """The options with which another command of this program means the same ledger."""
        return ["--ledger", self.ledger_name] if self.ledger_name else []

    @property
    def shown_public_url(self) -> str | None:
        """The public address for readers: without the user and password that Twilio may need."""
        if self.public_url is None:
            return None
        parts = urlsplit(self.public_url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    @property
    def log_address(self) -> str | None:
        """The public address without its scheme; None where it is not a name on the internet."""
        parts = urlsplit(self.public_url or "")
        host = parts.hostname or ""
        is_name = "." in host and not host.rpartition(".")[2].isdigit() and ":" not in host
        return f"{host}{parts.path}" if is_name else None


def read_settings(
    environment: Mapping[str, str] | None = None,
    *,
    must_exist: bool = False,
    makes_secret: bool = True,
) -> Settings:
    """Return the settings of this environment; `BadSetting` names the variable and the cure.

    With `must_exist` it raises `NotFound`, and makes no secret, where there is no ledger yet.
    Without `makes_secret` none is made or demanded: it is blank where there is none.
    """
    read = Environment(os.environ if environment is None else environment)
    return settings_in(read, must_exist=must_exist, makes_secret=makes_secret)


def settings_in(
    read: Environment, *, must_exist: bool = False, makes_secret: bool = True
) -> Settings:
    """Return the settings that the environment `read` has; raises as `read_settings` does."""
    read("LEDGER_LOG_FORMAT", LOG_FORMAT, "")  # a wrong one is refused; webapp/logs.py uses it
    databases = Databases.of(
        ledger=read.text("LEDGER_DATABASE_URL") or "sqlite:///instance/ledger.sqlite3",
        views=read.text("LEDGER_VIEWS_URL"),
    )
    if must_exist:
        databases.check_exists()
    secret_key = read("LEDGER_SECRET_KEY", SECRET, "") or _kept_secret(
        databases, makes_it=makes_secret
    )
    retries = read("LEDGER_CALLBACK_RETRIES", ON_OR_OFF, "on")
    region = read("LEDGER_PHONE_REGION", REGION, "US")
    return Settings(
        databases=databases,
        public_url=read("LEDGER_PUBLIC_URL", ADDRESS, None),
        is_http_allowed=read("LEDGER_ALLOW_HTTP", ON_OR_OFF, "off") == "on",
        trusted_proxies=read("LEDGER_TRUSTED_PROXIES", PROXIES, ()),
        callback_fragment=RETRY_FRAGMENT if retries == "on" else "",
        phone_region=region,
        secret_key=secret_key,
        master_key=read("LEDGER_MASTER_KEY", SECRET, secret_key),
        new_master_key=read("LEDGER_NEW_MASTER_KEY", SECRET, ""),
        segments_per_second=read("LEDGER_SEGMENTS_PER_SECOND", RATE, None),
        validity_seconds=60 * int(read("LEDGER_VALIDITY_MINUTES", VALIDITY, 240)),
        time_zone=read("LEDGER_TIME_ZONE", ZONE, "UTC"),
        window=read("LEDGER_SEND_WINDOW", HOURS, SendWindow.parse("08:00-21:00")),
        limits=_limits(read),
        price=read("LEDGER_PRICE_PER_SEGMENT", PRICE, None),
        price_collection=_price_collection(read),
        look_up_price=read("LEDGER_PRICE_PER_LOOK_UP", PRICE, None),
        opt_out_confirmation=read("LEDGER_OPT_OUT_CONFIRMATION", CONFIRMATION, _CONFIRMATION),
        requires_consent=read("LEDGER_REQUIRE_CONSENT", ON_OR_OFF, "off") == "on",
        signing_key=_signing_key(read, databases),
        signing_record=_signing_record(read, databases),
        checkpoint_events=int(read("LEDGER_CHECKPOINT_EVENTS", NUMBER, 50_000)),
        checkpoint_minutes=read("LEDGER_CHECKPOINT_MINUTES", NUMBER, 60),
        witnesses=read("LEDGER_WITNESSES", WITNESSES, []),
        twilio=_twilio(read, region),
        undo_seconds=read("LEDGER_UNDO_SECONDS", SECONDS_OR_NONE, 30),
        database_connections=read(CONNECTIONS_OF_ALL, CONNECTIONS, MOST),
        metrics_token=read("LEDGER_METRICS_TOKEN", SECRET, ""),
        mail_server=read("LEDGER_SMTP_URL", MAIL_SERVER, None),
        mail_from=_mail_from(read),
        allows_private_webhooks=read("LEDGER_WEBHOOKS_ALLOW_PRIVATE", ON_OR_OFF, "off") == "on",
        sign_in=sign_in_settings(read),
    )


def _mail_from(read: Environment) -> str:
    address: str = read("LEDGER_MAIL_FROM", MAIL_ADDRESS, "")
    if read.text("LEDGER_SMTP_URL") and not address:
        raise BadSetting(
            "LEDGER_MAIL_FROM is not set. Set it to the address from which notices shall come, "
            "such as ledger@school.example."
        )
    return address


def _kept_secret(databases: Databases, *, makes_it: bool) -> str:
    """The secret of a ledger whose settings name none; the first start makes it."""
    file = databases.file("secret_key")
    if not makes_it:
        return kept_secret(file) if databases.is_one_machine and file.exists() else ""
    if not databases.is_one_machine:
        raise BadSetting(
            "LEDGER_SECRET_KEY is not set; with PostgreSQL, set the same for every process."
        )
    return kept_secret(file)


def _price_collection(read: Environment) -> PriceSettings | None:
    minutes = read("LEDGER_PRICE_MINUTES", MINUTES_OR_OFF, 15)
    pages = read("LEDGER_PRICE_PAGES_PER_MINUTE", RATE, 6)
    if minutes == "off":
        return None
    return PriceSettings(every=timedelta(minutes=minutes), pages_per_minute=pages)


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


def _signing_record(read: Environment, databases: Databases) -> Path:
    name = read.text("LEDGER_SIGNING_RECORD")
    return Path(name) if name else databases.file("signing_record")


def _twilio(read: Environment, region: str) -> TwilioAccount:
    tokens = (read.text("TWILIO_AUTH_TOKEN"), read.text("TWILIO_AUTH_TOKEN_SECONDARY"))
    return TwilioAccount(
        account_sid=read("TWILIO_ACCOUNT_SID", ACCOUNT_SID, ""),
        auth_tokens=tuple(token for token in tokens if token),
        messaging_service_sid=read("TWILIO_MESSAGING_SERVICE_SID", SERVICE_SID, ""),
        phone_number=read("TWILIO_PHONE_NUMBER", sender_in(region), ""),
        api_url=read("LEDGER_TWILIO_API_URL", ADDRESS, ""),
    )
