"""The directory of an installation's ledgers: a folder with one file of settings for each.

`northside.toml` is the ledger "northside":

    LEDGER_DATABASE_URL = "postgresql+psycopg://ledger:…@db1.example/northside"
    LEDGER_PUBLIC_URL = "https://northside.texts.example"
    LEDGER_SECRET_KEY = "…"
    TWILIO_ACCOUNT_SID = "AC…"

Settings that a file does not have come from the environment, but never those that belong to one
ledger alone: a ledger without a token must not use that of another.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from ledger import atomic_file
from ledger.errors import BadInput, BadSetting
from webapp.environment import Environment
from webapp.settings import DIRECTORY, Settings, settings_in

_ENDING = ".toml"
_REMOVED = ".removed"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")

_OF_ONE_LEDGER = frozenset(
    {
        "LEDGER_DATABASE_URL",
        "LEDGER_VIEWS_URL",
        "LEDGER_PUBLIC_URL",
        "LEDGER_SECRET_KEY",
        "LEDGER_MASTER_KEY",
        "LEDGER_NEW_MASTER_KEY",
        "LEDGER_SIGNING_KEY",
        "LEDGER_SIGNING_RECORD",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_AUTH_TOKEN_SECONDARY",
        "TWILIO_MESSAGING_SERVICE_SID",
        "TWILIO_PHONE_NUMBER",
    }
)
"""The settings that are never taken from the environment where there is a directory."""


@dataclass(frozen=True)
class NamedLedger:
    """A ledger of the directory: its name and its settings."""

    name: str
    settings: Settings

    @property
    def host(self) -> str | None:
        """The host name of its public address; None where that is not set."""
        return urlsplit(self.settings.public_url or "").hostname


def directory_in(environment: Mapping[str, str]) -> "Directory | None":
    """Return the directory that the environment names; None without one. Raises `BadSetting`."""
    folder = environment.get(DIRECTORY, "").strip()
    return Directory(Path(folder), environment) if folder else None


class Directory:
    """The ledgers whose files are in a folder.

    Attributes:
        folder: That folder.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """`environment` has the settings that all ledgers share. Raises `BadSetting`."""
        if not folder.is_dir():
            raise BadSetting(f"{DIRECTORY} must be a folder; {folder} is none.")
        self.folder = folder
        self._shared = {n: v for n, v in environment.items() if n not in _OF_ONE_LEDGER}

    def names(self) -> list[str]:
        """Return the names of all ledgers, in alphabetical order."""
        stems = (path.stem for path in self.folder.glob(f"*{_ENDING}"))
        return sorted(stem for stem in stems if _NAME.fullmatch(stem))

    def only_name(self) -> str:
        """Return the name of the only ledger. Raises `BadInput` where there are others, or none."""
        names = self.names()
        if len(names) != 1:
            raise BadInput(f"Name a ledger by --ledger. {self._what_there_is()}")
        return names[0]

    def ledger(self, name: str, *, must_exist: bool = False) -> NamedLedger:
        """Return a ledger. Raises `BadInput` for an unknown name, and as `read_settings` does."""
        if name not in self.names():
            raise self._unknown(name)
        try:
            content = self._file(name).read_bytes()
        except OSError as error:
            raise BadSetting(f"{self._file(name)} cannot be read: {error.strerror}.") from error
        return self._read(name, content, must_exist=must_exist)

    def ledgers(self) -> list[NamedLedger]:
        """Return every ledger. Raises `BadSetting`, which names the file."""
        return [self.ledger(name) for name in self.names()]

    def check(self, name: str, content: bytes) -> NamedLedger:
        """Return what a file with that content would add.

        Raises `BadInput` for a name that is taken, or settings that two ledgers must not share.
        """
        if not _NAME.fullmatch(name):
            raise BadInput(
                "The name of a ledger has up to 40 letters from a to z, digits and hyphens, such "
                "as northside-schools."
            )
        if name in self.names():
            raise BadInput(f"There is a ledger {name} already.")
        new = self._read(name, content)
        for other in self.ledgers():
            _check_apart(new, other)
        return new

    def add(self, name: str, content: bytes) -> NamedLedger:
        """Write the file of a new ledger, readable by its owner alone; raises as `check` does."""
        new = self.check(name, content)
        atomic_file.create(self._file(name), content)
        return new

    def remove(self, name: str) -> Path:
        """Take a ledger out of the directory, and return where its file is kept.

        Its database stays as it is, and the file has the keys without which nobody can read it.
        """
        if name not in self.names():
            raise self._unknown(name)
        kept = self._file(name).with_suffix(_ENDING + _REMOVED)
        if kept.exists():
            raise BadInput(
                f"{kept} is there already, from a ledger of the same name that was removed before. "
                "Move it elsewhere first."
            )
        atomic_file.move(self._file(name), kept)
        return kept

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}{_ENDING}"

    def _unknown(self, name: str) -> BadInput:
        return BadInput(f"There is no ledger {name}. {self._what_there_is()}")

    def _what_there_is(self) -> str:
        names = self.names()
        return (
            f"{DIRECTORY} has: {', '.join(names)}." if names else f"{DIRECTORY} has no ledger yet."
        )

    def _read(self, name: str, content: bytes, *, must_exist: bool = False) -> NamedLedger:
        try:
            own = _settings_of_file(content)
            read = Environment({**self._shared, **own})
            settings = settings_in(read, must_exist=must_exist)
            if unknown := sorted(own.keys() - read.names_read):
                raise BadSetting(f"{unknown[0]} is no setting.")  # noqa: TRY301 - named below
        except BadSetting as error:
            raise BadSetting(f"{name}{_ENDING}: {error}") from error
        return NamedLedger(name, replace(settings, ledger_name=name))


def _settings_of_file(content: bytes) -> dict[str, str]:
    try:
        values = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"this is not TOML: {error}.") from error
    for key, value in values.items():
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise BadSetting(f'write the value of {key} in "quotation marks".')
    if not values.get("LEDGER_DATABASE_URL"):
        raise BadSetting("LEDGER_DATABASE_URL is missing.")
    return {key: str(value) for key, value in values.items()}


def _check_apart(new: NamedLedger, other: NamedLedger) -> None:
    """Raise `BadInput` where two ledgers would share what belongs to one."""
    ours, theirs = new.settings, other.settings
    if ours.databases.ledger_url == theirs.databases.ledger_url:
        raise BadInput(f"The ledger {other.name} has this LEDGER_DATABASE_URL already.")
    if ours.databases.files == theirs.databases.files:
        raise BadInput(
            f"The ledger {other.name} has a database of this name already, and their small files "
            "would be the same. Give the database another name."
        )
    if new.host is not None and new.host == other.host:
        raise BadInput(f"The ledger {other.name} has the host name {new.host} already.")
