"""`delivery-ledger restore`: proves a backup, and puts it into an empty place."""

import sys
from pathlib import Path
from typing import IO, Any

import click

from ledger.errors import BadInput
from webapp.backups import age
from webapp.backups.restoring import Restored, RestoreOrder, restore
from webapp.cli.backup_options import (
    backup_document,
    despite_faults_option,
    keys_sentence,
    passphrase_of,
    passphrase_option,
    print_proof,
)
from webapp.cli.common import by_option, json_option, login_name, print_json, progress
from webapp.cli.ledger_option import chosen_settings
from webapp.explain.numbers import counted

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
    passphrase = None if identity_file else passphrase_of(passphrase_file, is_new=False)
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


def _restored_document(done: Restored, *, is_check: bool) -> dict[str, Any]:
    return {
        **backup_document(done.about, done.proof),
        "restored": not is_check,
        "sending_stopped": done.is_sending_stopped,
        "new_log": done.has_new_log,
        "key_files": [str(path) for path in done.key_files],
        "settings_to_set": {name: str(path) for name, path in done.to_set.items()},
    }


def _print_restored(done: Restored, *, is_check: bool) -> None:
    click.echo(f"The backup was made at {done.about['made_at']}.")
    if done.proof:
        print_proof(done.proof)
    if done.about["keys"]:
        click.echo(keys_sentence(done.about))
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
