"""The settings, read once from the environment; a wrong one is refused by its name."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ledger.errors import BadSetting
from ledger.phone import is_region
from ledger.providers.twilio import TwilioAccount
from ledger.store.engine import database_path

_DEFAULT_DATABASE = "sqlite:///instance/ledger.sqlite3"
_SHORTEST_SECRET = 8


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set; see docs/reference/settings.md."""

    database_url: str
    views_url: str
    accounts_url: str
    public_url: str | None
    """Where Twilio reaches us, without a slash at its end; None: callbacks are refused."""
    phone_region: str
    secret_key: str
    master_key: str
    new_master_key: str
    """What `keys rotate` changes the master key to; blank otherwise."""
    segments_per_second: float | None
    twilio: TwilioAccount


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this environment; raises `BadSetting`, naming the variable."""
    given = {
        name: value.strip()
        for name, value in (os.environ if environment is None else environment).items()
        if value.strip()
    }
    database_url = given.get("LEDGER_DATABASE_URL", _DEFAULT_DATABASE)
    database = database_path(database_url, "LEDGER_DATABASE_URL")
    views_url = given.get("LEDGER_VIEWS_URL", f"sqlite:///{_beside(database, 'views.sqlite3')}")
    if database_path(views_url, "LEDGER_VIEWS_URL").absolute() == database.absolute():
        raise BadSetting("LEDGER_VIEWS_URL names the ledger's own file; the views want their own.")
    secret_key = _secret_key(given, database)
    return Settings(
        database_url=database_url,
        views_url=views_url,
        accounts_url=f"sqlite:///{_beside(database, 'accounts.sqlite3')}",
        public_url=_url(given, "LEDGER_PUBLIC_URL"),
        phone_region=_region(given),
        secret_key=secret_key,
        master_key=_long_enough(given, "LEDGER_MASTER_KEY") or secret_key,
        new_master_key=_long_enough(given, "LEDGER_NEW_MASTER_KEY"),
        segments_per_second=_pace(given),
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


def _beside(database: Path, ending: str) -> Path:
    return database.with_name(f"{database.stem}.{ending}")


def _secret_key(given: Mapping[str, str], database: Path) -> str:
    """The secret that was set, else one made at the first start and kept beside the ledger."""
    return _long_enough(given, "LEDGER_SECRET_KEY") or _kept_secret(_beside(database, "secret_key"))


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
