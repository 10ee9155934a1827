"""Puts a backup back into an empty place, after it was proved; nothing is sent from it at first."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ledger import atomic_file
from ledger.clock import SystemClock
from ledger.commands.repository import sending_switch
from ledger.domain.vocabulary import KeyBackupPlace
from ledger.errors import BadInput, LedgerDamaged, Refused
from ledger.ledger import Ledger
from ledger.proof.restored_log import begin_unless_recorded
from ledger.proof.signing_keys import KeyFile, SigningKeys, keys_in
from ledger.proof.signing_record import SigningRecord
from ledger.sending.lost_end import stop_sending
from ledger.sending.rollback_guard import RollbackGuard
from ledger.store.encryption import master_key
from ledger.store.engine import reading
from ledger.store.ledger_copy import LedgerCopy
from ledger.store.revision import revision_of
from ledger.store.schema_migration import migrate
from webapp.accounts import Accounts
from webapp.accounts.copying import copy_accounts, count_accounts
from webapp.backups import age, archive
from webapp.backups.archive import ACCOUNTS, LEDGER, Content
from webapp.backups.keys import SIGNING, RestoredKeys, master_secret_in
from webapp.backups.opening import opened_accounts, opened_ledger, url_of
from webapp.backups.proving import ProgressBar, Proof, prove
from webapp.backups.working_folder import working_folder
from webapp.databases import Databases
from webapp.key_backups import record_key_backup
from webapp.settings import Settings

_ENDINGS = ("", "-wal", "-shm")


@dataclass(frozen=True, kw_only=True)
class RestoreOrder:
    """How to open a backup, and what to put back."""

    by: str
    """The name of the person who restores."""
    passphrase: str | None = None
    identities: Sequence[age.Identity] = ()
    with_keys: bool = False
    is_check: bool = False
    """Whether the backup is only proved, and nothing put back."""
    is_same_log: bool = False
    """Whether somebody is sure that nothing was signed after the backup was made."""
    despite_faults: bool = False


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was proved, and put back unless that was only a check."""

    about: Mapping[str, Any]
    proof: Proof | None
    """None where only the keys are in it."""
    key_files: Sequence[Path] = ()
    to_set: Mapping[str, Path] = field(default_factory=dict)
    """Setting → the file with the key that it must be set to."""
    is_sending_stopped: bool = False
    has_new_log: bool = False


def restore(
    settings: Settings, file: IO[bytes], order: RestoreOrder, progress: ProgressBar
) -> Restored:
    """Prove a backup and put it into an empty place, all or nothing.

    Raises `Refused` where the place is not empty, `BadInput` for a file that is no whole backup or
    that the given keys do not open, `LedgerDamaged` where it has faults, `WrongKey` where the
    master key is another one, `StoreUnavailable`. Then nothing was put back.
    """
    with working_folder(settings.databases.file("restore")) as work:
        content = archive.read(file, _identities(file, order), work)
        keys = RestoredKeys(content.keys if order.with_keys else {}, settings)
        if not content.databases:
            return _restore_keys(content, keys, order)
        if not order.is_check:
            _check_empty(settings.databases)
        master = _master_key(settings, content, order)
        with progress("Proving the backup") as report:
            proof = prove(content, master, _signing_keys(settings, content), report)
        _check_faults(proof, order)
        if order.is_check:
            return Restored(about=content.about, proof=proof)
        done = _prepare(settings, content, master, order)
        _check_empty(settings.databases)  # again: a program may have been started meanwhile
        files = keys.put_back()
        _put_back(settings, content, progress)
    return Restored(about=content.about, proof=proof, key_files=files, to_set=keys.to_set, **done)


def _restore_keys(content: Content, keys: RestoredKeys, order: RestoreOrder) -> Restored:
    """Put keys back that are alone in a backup, also beside a ledger."""
    if order.is_check:
        return Restored(about=content.about, proof=None)
    if not order.with_keys:
        raise BadInput("There are only keys in this backup. Put them back by --with-keys.")
    files = keys.put_back()
    return Restored(about=content.about, proof=None, key_files=files, to_set=keys.to_set)


def _check_empty(databases: Databases) -> None:
    """Raise `Refused` where there is a ledger, or accounts."""
    if not databases.is_one_machine:
        _check_empty_schemas(databases)
        return
    ledger, _views, accounts, *_ = databases.sqlite_files
    for file in (ledger, accounts):
        paths = [file.with_name(f"{file.name}{ending}") for ending in _ENDINGS]
        if present := [str(path) for path in paths if path.exists()]:
            raise Refused(
                f"There is {present[0]} already, and a backup is restored into an empty place "
                f"only. Stop the program, and move {' and '.join(present)} away; or set "
                "LEDGER_DATABASE_URL to another file."
            )


def _check_empty_schemas(databases: Databases) -> None:
    with (
        opened_ledger(databases.ledger_url) as store,
        opened_accounts(databases.accounts_url) as engine,
        reading(engine) as connection,
    ):
        if revision_of(store.engine) is not None or count_accounts(connection):
            raise Refused(
                "There is a ledger in that database already, or accounts, or what an interrupted "
                "restore left, and a backup is restored into an empty place only. Set "
                "LEDGER_DATABASE_URL to a new database."
            )


def _identities(file: IO[bytes], order: RestoreOrder) -> Sequence[age.Identity]:
    if order.passphrase is not None:
        return archive.identities_by_passphrase(file, order.passphrase)
    return order.identities


def _master_key(settings: Settings, content: Content, order: RestoreOrder) -> bytes:
    """The master key of this machine, or else that of the backup."""
    secret = settings.master_key
    if not secret and (order.with_keys or order.is_check):
        secret = master_secret_in(content.keys) or ""
    if not secret:
        raise BadInput(
            "There is no master key here, so that nothing of the backup could be read. Set "
            "LEDGER_MASTER_KEY (or, where that was never set, LEDGER_SECRET_KEY) to the key of the "
            "ledger; or, where the backup holds the keys, restore --with-keys."
        )
    return master_key(secret)


def _signing_keys(settings: Settings, content: Content) -> SigningKeys | None:
    """The signing keys of this machine, or else those of the backup, for checking signatures."""
    keys = KeyFile(settings.signing_key).read()
    if keys is None and SIGNING in content.keys:
        return keys_in(content.keys[SIGNING], "The signing key in the backup")
    return keys


def _check_faults(proof: Proof, order: RestoreOrder) -> None:
    if proof.faults and not order.despite_faults:
        raise LedgerDamaged(
            f"Nothing was restored: the ledger in the backup is not right ({proof.faults[0]}). "
            "Use another backup; --despite-faults restores this one all the same."
        )


def _prepare(
    settings: Settings, content: Content, master: bytes, order: RestoreOrder
) -> dict[str, bool]:
    """Record in the copy what must be known before anybody opens it."""
    with opened_ledger(url_of(content.databases[LEDGER])) as store:
        ledger = Ledger(store, SystemClock(), master)
        is_stopped = _stop_sending(settings, ledger)
        if _holds_master_key(content, master):
            _record_key_backup(settings, content, ledger, order.by)
        record = SigningRecord(settings.signing_record)
        has_new_log = not order.is_same_log and begin_unless_recorded(store, record)
    return {"is_sending_stopped": is_stopped, "has_new_log": has_new_log}


def _stop_sending(settings: Settings, ledger: Ledger) -> bool:
    """Stop all sending; an empty ledger and a demonstration text nobody twice."""
    account = sending_switch(ledger.reader).account
    if not ledger.reader.head() or (account and account.is_demonstration):
        return False
    guard = RollbackGuard(ledger, settings.databases.file("sender"))
    stop_sending(ledger, lost_attempts=guard.lost_attempts())
    return True


def _holds_master_key(content: Content, master: bytes) -> bool:
    secret = master_secret_in(content.keys)
    return secret is not None and master_key(secret) == master


def _record_key_backup(settings: Settings, content: Content, ledger: Ledger, by: str) -> None:
    """Record that the master key is in a backup; the event of the backup came after the copy."""
    with opened_accounts(url_of(content.databases[ACCOUNTS])) as engine:
        user_id = Accounts(engine, secret_key=settings.secret_key).id_of(by)
    record_key_backup(ledger, user_id, KeyBackupPlace.BACKUP)


def _put_back(settings: Settings, content: Content, progress: ProgressBar) -> None:
    """Put accounts and ledger into their places; the ledger comes last."""
    databases, copied = settings.databases, content.databases
    if databases.is_one_machine:
        ledger, _views, accounts, *_ = databases.sqlite_files
        with _write_errors(ledger.parent):
            atomic_file.move(copied[ACCOUNTS], accounts)
            atomic_file.move(copied[LEDGER], ledger)
        return
    with (
        opened_accounts(url_of(copied[ACCOUNTS])) as old,
        opened_accounts(databases.accounts_url) as new,
    ):
        copy_accounts(old, new)
    with (
        opened_ledger(url_of(copied[LEDGER])) as source,
        opened_ledger(databases.ledger_url) as target,
        progress("Copying the ledger") as report,
    ):
        migrate(target)
        LedgerCopy(source=source, target=target).copy(report)


@contextmanager
def _write_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(f"{folder} cannot be written ({error.strerror or error}).") from error
