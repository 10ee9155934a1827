"""The keys of a ledger as a backup holds them, and where a restore puts them.

secret_key          LEDGER_SECRET_KEY; on SQLite put back as `ledger.secret_key`
master_key          LEDGER_MASTER_KEY, where that is another one; the setting is needed
signing_key         the file of LEDGER_SIGNING_KEY: the private key, and earlier public keys
signing_key.next    the next one, while the key is being changed
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ledger import atomic_file
from ledger.errors import BadInput, BadSetting, Refused
from webapp.settings import Settings

SECRET, MASTER = "secret_key", "master_key"
SIGNING, NEXT_SIGNING = "signing_key", "signing_key.next"
_NAMES = {SECRET, MASTER, SIGNING, NEXT_SIGNING}
_SETTINGS = {SECRET: "LEDGER_SECRET_KEY", MASTER: "LEDGER_MASTER_KEY"}


def keys_of(settings: Settings) -> dict[str, bytes]:
    """Return the keys that this process has; raises `BadSetting` for one that cannot be read."""
    keys = {SECRET: settings.secret_key.encode()}
    if settings.master_key != settings.secret_key:
        keys[MASTER] = settings.master_key.encode()
    for name, path in _signing_files(settings).items():
        try:
            with suppress(FileNotFoundError):
                keys[name] = path.read_bytes()
        except OSError as error:
            raise BadSetting(f"The signing key {path} cannot be read: {error.strerror}.") from error
    return keys


def master_secret_in(keys: Mapping[str, bytes]) -> str | None:
    """Return the secret that the master key is made from; None where a backup has no keys."""
    secret = keys.get(MASTER, keys.get(SECRET))
    return None if secret is None else secret.decode()


class RestoredKeys:
    """Keys of a backup, and the files that they are put back into."""

    def __init__(self, keys: Mapping[str, bytes], settings: Settings) -> None:
        """Raises `Refused` where a file of another key is in the place of one of them."""
        known = {name: key for name, key in keys.items() if name in _NAMES}
        self._files = _missing_files(known, settings)
        self.to_set = _to_set(known, settings)
        """Setting → the file whose content it must be set to."""

    def put_back(self) -> list[Path]:
        """Write the files; return those that were missing. Raises `BadInput`."""
        for path, key in self._files.items():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                atomic_file.create(path, key)
            except OSError as error:
                raise BadInput(
                    f"{path} cannot be written ({error.strerror}). Make its folder writable, then "
                    "restore again."
                ) from error
        return list(self._files)


def _missing_files(keys: Mapping[str, bytes], settings: Settings) -> dict[Path, bytes]:
    signing = _signing_files(settings)
    missing = {}
    for name, key in keys.items():
        path = signing.get(name, settings.databases.file(name))
        if _is_set(name, key, settings):
            continue
        if not path.exists():
            missing[path] = key
        elif path.read_bytes().strip() != key.strip():
            raise Refused(
                f"{path} holds another key than the backup. Move it away, or restore without "
                "--with-keys."
            )
    return missing


def _to_set(keys: Mapping[str, bytes], settings: Settings) -> dict[str, Path]:
    """The settings that must be set by hand: those that the program does not read from a file."""
    is_read_from_file = settings.databases.is_one_machine and not settings.secret_key
    read_from_file = {SECRET} if is_read_from_file else set()
    return {
        _SETTINGS[name]: settings.databases.file(name)
        for name, key in keys.items()
        if name in _SETTINGS.keys() - read_from_file and not _is_set(name, key, settings)
    }


def _is_set(name: str, key: bytes, settings: Settings) -> bool:
    """Whether a setting has this key already."""
    present = {SECRET: settings.secret_key, MASTER: settings.master_key}.get(name)
    return present is not None and present.encode() == key


def _signing_files(settings: Settings) -> dict[str, Path]:
    path = settings.signing_key or settings.databases.file(SIGNING)
    return {SIGNING: path, NEXT_SIGNING: path.with_name(f"{path.name}.next")}
