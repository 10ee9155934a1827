"""The directory of an installation's ledgers: a folder with one file of settings for each.

`northside.toml` is the ledger "northside":

    LEDGER_DATABASE_URL = "postgresql+psycopg://ledger:…@db1.example/northside"
    LEDGER_PUBLIC_URL = "https://northside.texts.example"
    LEDGER_SECRET_KEY = "…"
    TWILIO_ACCOUNT_SID = "AC…"
"""

import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from ledger import atomic_file
from ledger.errors import BadInput, BadSetting, LedgerError
from ledger.store.writer_lock import WriterLock
from webapp.environment import Environment
from webapp.host_names import host_of
from webapp.ledgers.named_ledger import NamedLedger, check_apart
from webapp.ledgers.settings_file import own_settings, shared_settings
from webapp.settings import DIRECTORY, Settings, settings_in

_ENDING = ".toml"
_REMOVED = ".removed"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")

_ANY_SECRET = {"LEDGER_SECRET_KEY": "stands for one that is not made yet"}

FileVersion = tuple[int, int, int]
"""Inode, size in bytes, and time of the last change in nanoseconds."""


def directory_in(environment: Mapping[str, str]) -> "Directory | None":
    """Return the directory that the environment names; None without one. Raises `BadSetting`."""
    folder = environment.get(DIRECTORY, "").strip()
    if not folder:
        return None
    if environment.get("LEDGER_DATABASE_URL", "").strip():
        raise BadSetting(
            f"{DIRECTORY} and LEDGER_DATABASE_URL are both set, and each names a ledger. Unset one "
            "of them."
        )
    return Directory(Path(folder), environment)


class Directory:
    """The ledgers whose files are in a folder.

    Attributes:
        folder: That folder.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """`environment` has the settings that all ledgers share. Raises `BadSetting`."""
        if not folder.is_dir():
            raise BadSetting(f"{DIRECTORY} must name a folder, and {folder} is not a folder.")
        self.folder = folder
        self._shared = shared_settings(environment)

    def names(self) -> list[str]:
        """Return the names of all ledgers, in alphabetical order."""
        stems = (path.stem for path in self.folder.glob(f"*{_ENDING}"))
        return sorted(stem for stem in stems if _NAME.fullmatch(stem))

    def versions(self) -> dict[str, FileVersion]:
        """Return name → what changes when its file does. Raises `BadSetting`."""
        try:
            files = [entry for entry in os.scandir(self.folder) if entry.name.endswith(_ENDING)]
            names = {entry.name.removesuffix(_ENDING): entry for entry in files}
        except OSError as error:
            raise BadSetting(f"{self.folder} cannot be read: {error.strerror}.") from error
        return {name: _version(file) for name, file in names.items() if _NAME.fullmatch(name)}

    def only_name(self, *, must_be_named: bool = False) -> str:
        """Return the name of the only ledger.

        Raises `BadInput` where there are others, or none, or where it must be named all the same.
        """
        names = self.names()
        if must_be_named or len(names) != 1:
            raise BadInput(f"Name a ledger by --ledger. {self._what_there_is()}")
        return names[0]

    def ledger(
        self, name: str, *, must_exist: bool = False, makes_secret: bool = True
    ) -> NamedLedger:
        """Return a ledger. Raises `BadInput` for an unknown name, and as `read_settings` does."""
        content = self.content(name)
        return self._read(name, content, must_exist=must_exist, makes_secret=makes_secret)

    def host(self, name: str) -> str | None:
        """Return the host name of a ledger's file, also where other settings in it are wrong."""
        try:
            values = tomllib.loads(self.content(name).decode())
            return host_of(str(values.get("LEDGER_PUBLIC_URL", "")))
        except (LedgerError, ValueError, RecursionError):
            return None

    def look_at(self, name: str) -> NamedLedger:
        """Return the same without making the secret that a ledger on SQLite makes for itself."""
        return self._look_at(name, self.content(name))

    def content(self, name: str) -> bytes:
        """Return the file of a ledger. Raises `BadInput` for an unknown name, and `BadSetting`."""
        if name not in self.names():
            raise self._unknown(name)
        try:
            if not stat.S_ISREG(self._file(name).stat().st_mode):  # reading might never end
                raise BadSetting(f"{self._file(name)} is not a file.")
            return self._file(name).read_bytes()
        except OSError as error:
            raise BadSetting(f"{self._file(name)} cannot be read: {error.strerror}.") from error

    def add(self, name: str, content: bytes, check: Callable[[Settings], None]) -> NamedLedger:
        """Write the file of a new ledger, once `check` has opened its database.

        Raises `BadInput` for a name that is taken and for settings that two ledgers must not share,
        `BadSetting`, and what `check` raises. Then nothing was written.
        """
        if not _NAME.fullmatch(name):
            raise BadInput(
                "The name of a ledger has up to 40 letters from a to z, digits and hyphens, such "
                "as northside-schools."
            )
        if name in self.names():
            raise BadInput(f"There is a ledger {name} already.")
        check_apart(self._look_at(name, content), [self.look_at(other) for other in self.names()])
        new = self._read(name, content)
        check(new.settings)
        with self._changing():
            atomic_file.create(self._file(name), content)
        return new

    def look_at_new(self, name: str, content: bytes) -> NamedLedger:
        """Return a ledger as `content` would make it, without making its secret.

        Raises `BadInput` for what another ledger has, and `BadSetting`.
        """
        new = self._look_at(name, content)
        check_apart(new, [self.look_at(other) for other in self.names() if other != name])
        return new

    def read_new(self, name: str, content: bytes, kept_secret: str) -> NamedLedger:
        """Return the same with its secret, which is this one where `content` names none.

        Raises `BadSetting` where it must be named, as on PostgreSQL.
        """
        is_kept = self._look_at(name, content).settings.databases.is_one_machine
        return self._read(name, content, {"LEDGER_SECRET_KEY": kept_secret} if is_kept else {})

    def replace(self, name: str, content: bytes) -> None:
        """Replace the file of a ledger by settings that were checked, by one rename."""
        with self._changing(), atomic_file.replacing(self._file(name)) as file:
            file.write(content)

    @contextmanager
    def moving(self, name: str) -> Iterator[None]:
        """Hold the right to move a ledger; of several processes one has it.

        Raises `BadInput` for an unknown name, and `StoreUnavailable`, which names the holder.
        """
        if name not in self.names():
            raise self._unknown(name)
        with ExitStack() as stack:
            with self._changing():
                stack.enter_context(WriterLock(self._file(name)).held())
            yield

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
        with self._changing():
            atomic_file.move(self._file(name), kept)
        return kept

    @contextmanager
    def _changing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BadInput(f"{self.folder} cannot be changed: {error.strerror}.") from error

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}{_ENDING}"

    def _unknown(self, name: str) -> BadInput:
        return BadInput(f"There is no ledger {name}. {self._what_there_is()}")

    def _what_there_is(self) -> str:
        names = self.names()
        return (
            f"{DIRECTORY} has: {', '.join(names)}." if names else f"{DIRECTORY} has no ledger yet."
        )

    def _look_at(self, name: str, content: bytes) -> NamedLedger:
        return self._read(name, content, _ANY_SECRET)

    def _read(
        self,
        name: str,
        content: bytes,
        default: Mapping[str, str] = MappingProxyType({}),
        *,
        must_exist: bool = False,
        makes_secret: bool = True,
    ) -> NamedLedger:
        try:
            own = own_settings(content)
            values = {**self._shared, **own}
            missing = {n: v for n, v in default.items() if not values.get(n, "").strip()}
            read = Environment(values | missing)
            settings = settings_in(read, must_exist=must_exist, makes_secret=makes_secret)
            if unknown := sorted(own.keys() - read.names_read):
                raise BadSetting(f"there is no setting {unknown[0]}.")  # noqa: TRY301 - named below
        except BadSetting as error:
            raise BadSetting(f"{name}{_ENDING}: {error}") from error
        return NamedLedger(name, replace(settings, ledger_name=name))


def _version(file: os.DirEntry[str]) -> FileVersion:
    """Return the version of a file; that of a link that leads nowhere is always the same."""
    try:
        state = file.stat()
    except OSError:
        return file.inode(), 0, 0
    return state.st_ino, state.st_size, state.st_mtime_ns
