"""What `backup` and `restore` share: the options, the passphrase, and what both print."""

import sys
from collections.abc import Mapping
from typing import IO, Any

import click

from ledger.errors import BadInput
from webapp.backups.proving import Proof
from webapp.explain.backups import faults_sentence, proof_sentence

_SHORTEST = 8

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


def passphrase_of(file: IO[str] | None, *, is_new: bool) -> str:
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


def backup_document(about: Mapping[str, Any], proof: Proof | None) -> dict[str, Any]:
    """Return a backup as both commands print it."""
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


def keys_sentence(about: Mapping[str, Any]) -> str:
    """Say which keys are in a backup."""
    return f"Read back: the keys {', '.join(about['keys'])}."


def print_proof(proof: Proof) -> None:
    """Print what was read back, and what was wrong with it."""
    click.echo(proof_sentence(proof))
    if proof.faults:
        click.echo(faults_sentence(proof))
