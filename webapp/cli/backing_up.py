"""`delivery-ledger backup`: one encrypted file of everything, which is read back."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import click

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind, KeyBackupPlace
from ledger.errors import StoreUnavailable
from webapp.acts import BACK_UP, BACK_UP_KEYS
from webapp.backups import age
from webapp.backups.archive import Lock
from webapp.backups.making import Backup, BackupOrder, make_backup
from webapp.bootstrap import Application
from webapp.cli.backup_options import (
    backup_document,
    despite_faults_option,
    keys_sentence,
    passphrase_of,
    passphrase_option,
    print_proof,
)
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    login_name,
    open_application,
    print_json,
    progress,
    record_export,
)
from webapp.explain.numbers import number
from webapp.key_backups import record_key_backup

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--with-keys", is_flag=True, help="With the master key and the signing key.")
@click.option("--keys-only", is_flag=True, help="Only these keys.")
@passphrase_option
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    metavar="KEY",
    help="A public key that can open it: age1… or ssh-ed25519 …; may be repeated.",
)
@click.option(
    "--work-folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where a copy of the ledger is prepared. Default: beside the ledger.",
)
@despite_faults_option
@by_option
@json_option
def backup(
    *,
    path: Path,
    with_keys: bool,
    keys_only: bool,
    passphrase_file: IO[str] | None,
    recipients: Sequence[str],
    work_folder: Path | None,
    despite_faults: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """Back up ledger and accounts into one encrypted file, while everything runs, and prove it."""
    lock = _lock(passphrase_file, recipients)
    app = open_application(must_exist=True)
    order = BackupOrder(
        lock=lock,
        has_databases=not keys_only,
        has_keys=with_keys or keys_only,
        work_folder=work_folder,
        despite_faults=despite_faults,
    )
    _check_taker(app, by, order)
    made = make_backup(app, path, order, progress)
    _record(app, made, by)
    if as_json:
        print_json(
            {"file": str(path), "bytes": made.size, **backup_document(made.about, made.proof)}
        )
    else:
        _print_backup(path, made, lock)
    if made.proof and made.proof.faults:
        sys.exit(1)


def _lock(passphrase_file: IO[str] | None, recipients: Sequence[str]) -> Lock:
    keys = [age.recipient_in(text) for text in recipients]
    if keys and passphrase_file is None:
        return Lock(recipients=keys)
    return Lock(passphrase=passphrase_of(passphrase_file, is_new=True), recipients=keys)


def _check_taker(app: Application, by: str | None, order: BackupOrder) -> None:
    """Refuse somebody whose role does not suffice, before there is a file."""
    if by is None:
        return
    if order.has_databases:
        actor(app, by, BACK_UP)
    if order.has_keys:
        actor(app, by, BACK_UP_KEYS)


def _record(app: Application, made: Backup, by: str | None) -> None:
    """Record who took the backup; a note on stderr says where that fails."""
    if made.proof:
        until = made.proof.events
        record_export(app, Export(kind=ExportKind.BACKUP, form="age", until=until), by)
    if made.about["keys"]:
        try:
            taker = app.accounts.id_of(by or login_name())
            record_key_backup(app.ledger, taker, KeyBackupPlace.BACKUP)
        except StoreUnavailable as error:
            click.echo(f"Note: this backup of the keys is not recorded. {error}", err=True)


def _print_backup(path: Path, made: Backup, lock: Lock) -> None:
    click.echo(f"{path}: {number(made.size)} bytes.")
    if made.proof:
        print_proof(made.proof)
    if made.about["keys"]:
        click.echo(f"{keys_sentence(made.about)} Who can open it can read everything.")
    else:
        click.echo("It holds no keys: without the master key nobody can read a name in it.")
    if lock.recipients:
        click.echo(
            "It was read back by a key of this run. Whether the private key of a recipient opens "
            "it, is shown by: delivery-ledger restore FILE --check --identity FILE"
        )
