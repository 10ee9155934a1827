"""The file of a backup: a tar archive of one encrypted archive, and of the key that opens it.

    identity.age          the private key of this file, encrypted by the passphrase, if there is one
    data.tar.gz.age       encrypted to that key, and to the recipients

The encrypted archive has these files; docs/reference/backup.md says what is in each:

    about.json
    ledger.sqlite3
    accounts.sqlite3
    keys/secret_key
"""

import json
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ledger.errors import BadInput
from webapp.backups import age

FORMAT = 1
ABOUT, LEDGER, ACCOUNTS, KEYS = "about.json", "ledger.sqlite3", "accounts.sqlite3", "keys/"
_IDENTITY, _DATA = "identity.age", "data.tar.gz.age"
_FASTEST = 1
_GZIP = 31
"""zlib's name for a gzip file with the largest window."""
_MOST_IN_MEMORY = 1 << 20
_NO_BACKUP = "This is no backup of Delivery Ledger, or it is not whole. Use another copy of it."


@dataclass(frozen=True, kw_only=True)
class Lock:
    """Who can open a backup: who knows the passphrase, and each recipient."""

    passphrase: str | None = None
    recipients: Sequence[age.Recipient] = ()


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is in a backup."""

    about: Mapping[str, Any]
    """See docs/reference/backup.md."""
    databases: Mapping[str, Path]
    """`LEDGER` and `ACCOUNTS`, each a SQLite file; none where only the keys are in it."""
    keys: Mapping[str, bytes]
    """Such as `secret_key` → its content; they are never written unencrypted here."""


def write(file: IO[bytes], content: Content, lock: Lock) -> age.Identity:
    """Write a backup; return an identity that opens it, kept nowhere. Raises `OSError`."""
    identity = age.new_identity()
    if lock.passphrase is not None:
        secret = age.encrypted_by_passphrase(f"{identity}\n".encode(), lock.passphrase)
        file.write(_header(_IDENTITY, len(secret)))
        file.write(secret + _padding(len(secret)))
    start = file.tell()
    file.write(_header(_DATA, 0))
    recipients = [identity.to_public(), *lock.recipients]
    age.encrypt(_compressed(_archived(content)), file, recipients)
    size = file.tell() - start - tarfile.BLOCKSIZE
    file.write(_padding(size) + bytes(2 * tarfile.BLOCKSIZE))
    file.seek(start)
    file.write(_header(_DATA, size))
    file.flush()
    return identity


def is_backup(file: IO[bytes]) -> bool:
    """Whether a file begins as a backup does."""
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            first = archive.next()
    except tarfile.TarError:
        return False
    return first is not None and first.name in {_IDENTITY, _DATA}


def identities_by_passphrase(file: IO[bytes], passphrase: str) -> list[age.Identity]:
    """Return the identity of the file; raises `BadInput` for another passphrase."""
    with _entry(file, _IDENTITY) as entry:
        if entry is None:
            raise BadInput(
                "This backup is not encrypted by a passphrase, but to public keys. Give a private "
                "key by --identity."
            )
        secret = age.decrypted_by_passphrase(entry.read(_MOST_IN_MEMORY), passphrase)
    return age.identities_in(secret)


def read(file: IO[bytes], identities: Sequence[age.Identity], folder: Path) -> Content:
    """Write the databases of a backup into the folder, and return all that is in it.

    Raises `BadInput` for a file that is no backup, is not whole, was altered, or is not opened by
    these identities, and `OSError`.
    """
    with _entry(file, _DATA) as entry:
        if entry is None:
            raise BadInput(_NO_BACKUP)
        with age.decrypting(entry, identities) as plain, _tar_errors():
            return _unpacked(plain, folder)


@contextmanager
def _entry(file: IO[bytes], name: str) -> Iterator[IO[bytes] | None]:
    file.seek(0)
    with _tar_errors(), tarfile.open(fileobj=file, mode="r:") as archive:
        try:
            entry = archive.extractfile(name)
        except KeyError:
            entry = None
        yield entry


@contextmanager
def _tar_errors() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise BadInput(_NO_BACKUP) from error


def _unpacked(plain: IO[bytes], folder: Path) -> Content:
    about: Mapping[str, Any] = {}
    databases, keys = {}, {}
    with tarfile.open(fileobj=plain, mode="r|gz") as archive:
        for member in archive:
            entry = archive.extractfile(member)
            if entry is None:
                raise BadInput(_NO_BACKUP)
            if member.name == ABOUT:
                about = _checked(json.loads(entry.read(_MOST_IN_MEMORY)))
            elif member.name in {LEDGER, ACCOUNTS}:
                databases[member.name] = folder / member.name
                _write_parts(databases[member.name], _parts_of(entry.read))
            elif member.name.startswith(KEYS):
                keys[member.name.removeprefix(KEYS)] = entry.read(_MOST_IN_MEMORY)
    if not about:
        raise BadInput(_NO_BACKUP)
    return Content(about=about, databases=databases, keys=keys)


def _checked(about: Any) -> Mapping[str, Any]:
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise BadInput(
            f"This backup is in another format than this program knows ({FORMAT}). Run the version "
            "of the program that made it."
        )
    return about


def _archived(content: Content) -> Iterator[bytes]:
    """Yield a tar archive in parts."""
    yield from _member(ABOUT, json.dumps(content.about, indent=2).encode())
    for name, key in content.keys.items():
        yield from _member(f"{KEYS}{name}", key)
    for name, path in content.databases.items():
        size = path.stat().st_size
        yield _header(name, size)
        with path.open("rb") as file:
            yield from _parts_of(file.read)
        yield _padding(size)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, data: bytes) -> Iterator[bytes]:
    yield _header(name, len(data))
    yield data + _padding(len(data))


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


def _compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a gzip file in parts."""
    compressor = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP)
    for part in parts:
        if compressed := compressor.compress(part):
            yield compressed
    yield compressor.flush()


def _parts_of(read_part: Callable[[int], bytes]) -> Iterator[bytes]:
    while part := read_part(age.LONGEST_PART):
        yield part


def _write_parts(path: Path, parts: Iterable[bytes]) -> None:
    with path.open("xb") as file:
        for part in parts:
            file.write(part)
