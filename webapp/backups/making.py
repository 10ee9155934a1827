"""Makes a backup while the program runs, and proves it before it gets its name."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from ledger import atomic_file
from ledger.errors import BadInput, LedgerDamaged
from ledger.proof.signing_keys import KeyFile
from ledger.store.encryption import master_key
from ledger.store.engine import reading
from ledger.store.file_copy import copy_to_file
from ledger.store.merkle import Frontier
from ledger.store.schema import ledger_head
from webapp.accounts.copying import copy_accounts
from webapp.backups import age, archive
from webapp.backups.archive import ACCOUNTS, LEDGER, Content, Lock
from webapp.backups.keys import keys_of
from webapp.backups.opening import opened_accounts, opened_ledger, url_of
from webapp.backups.proving import ProgressBar, Proof, prove
from webapp.backups.working_folder import working_folder
from webapp.bootstrap import Application
from webapp.databases import Databases
from webapp.documents import iso

_LEFT_FREE = 64 << 20
"""On the disk of the ledger, which needs space for events that come meanwhile."""


@dataclass(frozen=True, kw_only=True)
class BackupOrder:
    """What to put into a backup, and how to prove it."""

    lock: Lock
    has_databases: bool = True
    has_keys: bool = False
    work_folder: Path | None = None
    """Where the copy is prepared; None: beside the ledger."""
    despite_faults: bool = False
    """Whether a backup is kept although its ledger has faults, as the ledger itself may have."""


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A backup that was made."""

    about: Mapping[str, Any]
    size: int
    """Bytes of the file."""
    proof: Proof | None
    """None where only the keys are in it."""


def make_backup(app: Application, path: Path, order: BackupOrder, progress: ProgressBar) -> Backup:
    """Write a backup to the path, in place of a file that is there, once it was read and proved.

    Where the backup is interrupted or turns out to be wrong, the path stays as it was. Raises
    `BadInput` where a file cannot be written or is no backup, `LedgerDamaged` where the copy has
    faults, `WrongKey`, `StoreUnavailable`.
    """
    _check_replaceable(path)
    files = app.settings.databases.files
    folder = order.work_folder or files.parent
    with working_folder(folder / f"{files.name}.backup") as work:
        return _Maker(app, order, work, progress).make(path)


@dataclass(frozen=True)
class _Maker:
    app: Application
    order: BackupOrder
    work: Path
    progress: ProgressBar

    def make(self, path: Path) -> Backup:
        written = self._content()
        with _write_errors(path), atomic_file.replacing(path) as file:
            identity = archive.write(file, written, self.order.lock)
            size = file.seek(0, SEEK_END)
            for database in written.databases.values():
                database.unlink()
            read = self._read_back(file, identity)
            if (read.about, read.keys) != (written.about, written.keys):
                raise BadInput(
                    "The file does not hold what was written to it, and was removed. Write the "
                    "backup to another disk."
                )
            proof = self._prove(read) if read.databases else None
        return Backup(about=written.about, size=size, proof=proof)

    # What is written.

    def _content(self) -> Content:
        app, about, databases = self.app, self._about(), dict[str, Path]()
        if self.order.has_databases:
            _check_space(app.settings.databases, self.work)
            databases = {LEDGER: self.work / LEDGER, ACCOUNTS: self.work / ACCOUNTS}
            with self.progress("Copying the ledger") as report:
                copy_to_file(app.store, databases[LEDGER], report)
            about |= _end_of(databases[LEDGER])
            # After the ledger, so that the account of every actor in it is there.
            about["accounts"] = _copy_accounts(app, databases[ACCOUNTS])
        keys = keys_of(app.settings) if self.order.has_keys else {}
        return Content(about=about | {"keys": sorted(keys)}, databases=databases, keys=keys)

    def _about(self) -> dict[str, Any]:
        return {
            "format": archive.FORMAT,
            "ledger_id": self.app.ledger.ledger_id,
            "made_at": iso(self.app.clock.now()),
            "database": self.app.store.engine.dialect.name,
        }

    # What is read back.

    def _read_back(self, file: IO[bytes], identity: age.Identity) -> Content:
        """Read the file as a restore does, by the passphrase if it has one."""
        passphrase = self.order.lock.passphrase
        identities = [identity]
        if passphrase is not None:
            identities = archive.identities_by_passphrase(file, passphrase)
        return archive.read(file, identities, self.work)

    def _prove(self, read: Content) -> Proof:
        settings = self.app.settings
        keys = KeyFile(settings.signing_key).read()
        with self.progress("Proving the backup") as report:
            proof = prove(read, master_key(settings.master_key), keys, report)
        if proof.faults and not self.order.despite_faults:
            raise LedgerDamaged(
                f"No backup was made, because the ledger in it is not right: {proof.faults[0]}. "
                "See what `delivery-ledger verify` says. Where the ledger itself has that fault, "
                "--despite-faults keeps the backup all the same."
            )
        return proof


def _check_replaceable(path: Path) -> None:
    """Raise `BadInput` for a file that is no backup, such as that of the ledger itself."""
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return
    with _write_errors(path):
        if path.is_file():
            with path.open("rb") as file:
                if archive.is_backup(file):
                    return
    raise BadInput(f"{path} is there already, and is no backup. Name another file.")


def _check_space(databases: Databases, work: Path) -> None:
    """Raise `BadInput` where a copy of a SQLite file would fill the disk."""
    size = sum(file.stat().st_size for file in databases.sqlite_files[:1])
    if shutil.disk_usage(work).free < size + _LEFT_FREE:
        raise BadInput(
            f"The disk of {work.parent} has no space for a copy of the ledger, which is needed "
            "while the backup is made. Name a folder on another disk by --work-folder."
        )


def _copy_accounts(app: Application, path: Path) -> int:
    _ = app.accounts  # makes the tables where they are missing
    with opened_accounts(url_of(path)) as engine:
        return copy_accounts(app.accounts_engine, engine)


def _end_of(copy: Path) -> dict[str, Any]:
    """The number of events and the root, as the copied head of the ledger says them."""
    with opened_ledger(url_of(copy)) as store, reading(store.engine) as connection:
        head = connection.execute(sa.select(ledger_head)).one()
    try:
        root = Frontier.from_bytes(head.seq, head.frontier).root().hex()
    except (ValueError, TypeError):
        root = ""  # the proof says what is wrong
    return {"events": head.seq, "root": root}


@contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"The backup {path} cannot be written ({error.strerror or error}). Nothing was left "
            "there. Free some space, make its folder writable, or name another file."
        ) from error
