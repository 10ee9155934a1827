"""`delivery-ledger backup` and `restore`: one encrypted file of everything, proved both ways."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import click

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind, KeyBackupPlace
from ledger.errors import BadInput, StoreUnavailable
from webapp.acts import BACK_UP, BACK_UP_KEYS
from webapp.backups import age
from webapp.backups.archive import Lock
from webapp.backups.making import Backup, BackupOrder, make_backup
from webapp.backups.proving import Proof
from webapp.backups.restoring import Restored, RestoreOrder, restore
from webapp.bootstrap import Application
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
from webapp.cli.ledger_option import chosen_settings
from webapp.explain.backups import faults_sentence, proof_sentence
from webapp.explain.numbers import counted, number
from webapp.key_backups import record_key_backup

_SHORTEST = 8
_FILE = click.Path(dir_okay=False, path_type=Path)

_HOLDS = "Place the legal holds again that were placed since: delivery-ledger contact hold"
_FORGOTTEN = "Forget again who was forgotten since: delivery-ledger contact forget --listed FILE"
_SENDING = (
    "Nothing is sent until Twilio was asked what was sent since. Run: delivery-ledger reconcile; "
    "then: delivery-ledger sending allow"
)
_NEW_LOG = (
    "What was signed since is not known here, so the next checkpoint begins a new log. Give its "
    "`Key: …` line and that checkpoint to the people who keep checkpoints."
)

passphrase_option = click.option(
    "--passphrase-file",
    "passphrase_file",
    metavar="FILE",
    type=click.File("r"),
    help="A file whose first line is the passphrase; - is the standard input.",
)
despite_faults_option = click.option(
    "--despite-faults", is_flag=True, help="Also where the ledger in it is not right."
)


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
        print_json({"file": str(path), "bytes": made.size, **_document(made.about, made.proof)})
    else:
        _print_backup(path, made, lock)
    if made.proof and made.proof.faults:
        sys.exit(1)


@click.command("restore")
@click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--with-keys", is_flag=True, help="Put the keys back too.")
@passphrase_option
@click.option(
    "--identity",
    "identity_file",
    metavar="FILE",
    type=click.File("rb"),
    help="The private key of a recipient, as age-keygen or ssh-keygen wrote it.",
)
@click.option("--check", "is_check", is_flag=True, help="Only prove the backup; restore nothing.")
@click.option(
    "--same-log",
    is_flag=True,
    help="Go on with the log of checkpoints: nothing was signed since the backup was made.",
)
@despite_faults_option
@by_option
@json_option
def restore_command(
    *,
    path: Path,
    with_keys: bool,
    passphrase_file: IO[str] | None,
    identity_file: IO[bytes] | None,
    is_check: bool,
    same_log: bool,
    despite_faults: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """Prove a backup and put it into an empty place; nothing is sent until Twilio was asked."""
    if passphrase_file and identity_file:
        raise click.UsageError("Choose one of --passphrase-file and --identity.")
    passphrase = None if identity_file else _passphrase(passphrase_file, is_new=False)
    order = RestoreOrder(
        by=by or login_name(),
        passphrase=passphrase,
        identities=age.identities_in(identity_file.read()) if identity_file else (),
        with_keys=with_keys,
        is_check=is_check,
        is_same_log=same_log,
        despite_faults=despite_faults,
    )
    settings = chosen_settings(makes_secret=False)
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        done = restore(settings, file, order, progress)
    if as_json:
        print_json(_restored_document(done, is_check=is_check))
    else:
        _print_restored(done, is_check=is_check)
    if done.proof and done.proof.faults:
        sys.exit(1)


def _lock(passphrase_file: IO[str] | None, recipients: Sequence[str]) -> Lock:
    keys = [age.recipient_in(text) for text in recipients]
    if keys and passphrase_file is None:
        return Lock(recipients=keys)
    return Lock(passphrase=_passphrase(passphrase_file, is_new=True), recipients=keys)


def _passphrase(file: IO[str] | None, *, is_new: bool) -> str:
    """Return the passphrase of the file, or of a person at the terminal."""
    if file is None and not sys.stdin.isatty():
        other = "--recipient" if is_new else "--identity"
        raise click.UsageError(
            f"A backup is always encrypted: give --passphrase-file or {other}; or run the command "
            "on a terminal, which asks for a passphrase."
        )
    if file is None:
        entered: str = click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=is_new, err=True
        )
        return _checked(entered, is_new=is_new)
    try:
        return _checked(file.readline().rstrip("\r\n"), is_new=is_new)
    except UnicodeDecodeError as error:
        raise BadInput("The passphrase is no text in UTF-8.") from error


def _checked(passphrase: str, *, is_new: bool) -> str:
    if is_new and len(passphrase) < _SHORTEST:
        raise BadInput(f"The passphrase needs {_SHORTEST} characters or more, better 32.")
    return passphrase


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


def _document(about: Mapping[str, Any], proof: Proof | None) -> dict[str, Any]:
    if proof is None:
        return {"ok": True, "made_at": about["made_at"], "keys": about["keys"]}
    return {
        "ok": not proof.faults,
        "made_at": about["made_at"],
        "events": proof.events,
        "root": proof.root.hex(),
        "checkpoints": proof.checkpoints,
        "enrolments_unsealed": proof.enrolments,
        "enrolments_forgotten": proof.forgotten,
        "accounts": proof.accounts,
        "faults": [vars(fault) for fault in proof.faults],
        "fault_count": proof.fault_count,
        "keys": about["keys"],
    }


def _print_backup(path: Path, made: Backup, lock: Lock) -> None:
    click.echo(f"{path}: {number(made.size)} bytes.")
    if made.proof:
        _print_proof(made.proof)
    if made.about["keys"]:
        click.echo(f"{_keys_sentence(made.about)} Who can open it can read everything.")
    else:
        click.echo("It holds no keys: without the master key nobody can read a name in it.")
    if lock.recipients:
        click.echo(
            "It was read back by a key of this run. Whether the private key of a recipient opens "
            "it, is shown by: delivery-ledger restore FILE --check --identity FILE"
        )


def _keys_sentence(about: Mapping[str, Any]) -> str:
    return f"Read back: the keys {', '.join(about['keys'])}."


def _print_proof(proof: Proof) -> None:
    click.echo(proof_sentence(proof))
    if proof.faults:
        click.echo(faults_sentence(proof))


def _restored_document(done: Restored, *, is_check: bool) -> dict[str, Any]:
    return {
        **_document(done.about, done.proof),
        "restored": not is_check,
        "sending_stopped": done.is_sending_stopped,
        "new_log": done.has_new_log,
        "key_files": [str(path) for path in done.key_files],
        "settings_to_set": {name: str(path) for name, path in done.to_set.items()},
    }


def _print_restored(done: Restored, *, is_check: bool) -> None:
    click.echo(f"The backup was made at {done.about['made_at']}.")
    if done.proof:
        _print_proof(done.proof)
    if done.about["keys"]:
        click.echo(_keys_sentence(done.about))
    if is_check:
        click.echo("The backup can be restored. Nothing was changed.")
        return
    for path in done.key_files:
        click.echo(f"Put back: {path}")
    steps = _next_steps(done)
    click.echo(f"Restored; {counted(len(steps), 'step')} left." if steps else "Restored.")
    for place, step in enumerate(steps, start=1):
        click.echo(f"  {place}. {step}")


def _next_steps(done: Restored) -> list[str]:
    """What remains to be done by people, in order."""
    steps = [f"Set {name} to the content of {path}." for name, path in done.to_set.items()]
    if done.proof:
        steps += [_HOLDS, _FORGOTTEN]
    if done.is_sending_stopped:
        steps.append(_SENDING)
    if done.has_new_log:
        steps.append(_NEW_LOG)
    return steps
