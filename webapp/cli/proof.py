"""`delivery-ledger checkpoint | verify | export | tlog-proof`: prove that nothing was changed."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.errors import BadInput
from ledger.proof.ledger_verifier import VerificationResult
from ledger.proof.note_keys import NamedKey, SignatureType
from ledger.proof.quorum import Quorum
from webapp.bootstrap import Application
from webapp.cli.common import json_option, open_application, print_json, progress, record_export
from webapp.cli.contact_ids import contact_ids_of
from webapp.cli.ledger_option import chosen_settings, named
from webapp.explain.numbers import counted, number
from webapp.parts.proof import verify_ledger, verify_new_events
from webapp.settings import Settings
from webapp.whole_numbers import LARGEST

_FILE = click.Path(dir_okay=False, path_type=Path)

against_option = click.option(
    "--against",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that was kept elsewhere; may be repeated.",
)


@click.command()
@click.option("--out", type=_FILE, metavar="FILE", help="Write it there instead of to stdout.")
@click.option("--rotate-key", is_flag=True, help="Sign it with a new key too, used from now on.")
@click.option("--new-log", is_flag=True, help="Begin a new log, where events or the key were lost.")
def checkpoint(*, out: Path | None, rotate_key: bool, new_log: bool) -> None:
    """Sign the size and the root of the ledger as it is now."""
    if rotate_key and new_log:
        raise click.UsageError("Choose one of --rotate-key and --new-log.")
    checkpoints = open_application().checkpoints
    if new_log:
        new = checkpoints.begin_new_log()
    else:
        new = checkpoints.rotate_key() if rotate_key else checkpoints.make()
    if out is None:
        click.echo(new.note, nl=False)
    else:
        _write(out, new.note)
    for key in checkpoints.keys()[: 2 if rotate_key else 1]:
        click.echo(f"Key: {key}", err=True)
    for name in checkpoints.cosigned_by(new):
        click.echo(f"Cosigned by {name}.", err=True)
    for problem in checkpoints.witness_problems:
        click.echo(named(f"Not cosigned: {problem}"), err=True)


@click.command()
@against_option
@click.option(
    "--witness",
    "witness_keys",
    multiple=True,
    metavar="KEY",
    help="A witness's public key; may be repeated. Default: those of LEDGER_WITNESSES.",
)
@click.option(
    "--quorum",
    type=click.IntRange(min=1),
    metavar="COUNT",
    help="How many of the witnesses must have cosigned. Default: all that --witness names.",
)
@click.option("--new", "is_new", is_flag=True, help="Only what came since the last verification.")
@json_option
def verify(
    *,
    files: Sequence[Path],
    witness_keys: Sequence[str],
    quorum: int | None,
    is_new: bool,
    as_json: bool,
) -> None:
    """Recompute everything, and name every event that was changed."""
    settings = chosen_settings()
    demanded = _quorum(settings, witness_keys, quorum)
    if is_new and (files or demanded):
        raise click.UsageError("--new compares with nothing else; leave the other options out.")
    with progress("Verifying") as report:
        if is_new:
            result = verify_new_events(settings)
        else:
            result = verify_ledger(settings, _notes(files), report, demanded)
    if as_json:
        print_json(_document(result))
    else:
        _print(result)
    if result.faults:
        sys.exit(1)


@click.command()
@click.option("--campaign", "campaign_id", metavar="ID", help="Show only this campaign.")
@click.option("--delivery", "delivery_id", metavar="ID", help="Show only this delivery.")
@click.option("--number", "phone", metavar="NUMBER", help="Show all that was sent to this number.")
@click.option("--contact", "contact_id", metavar="ID", help="The same, by the contact's id.")
@click.option("--all", "is_all", is_flag=True, help="Show everything.")
@click.option(
    "--complete",
    "is_complete",
    is_flag=True,
    help="With --number or --contact: prove that no event of it is left out. The bundle then shows "
    "whom every other event concerns, by id.",
)
@click.option("--out", required=True, type=_FILE, metavar="FILE", help="The bundle, a zip file.")
@against_option
def export(
    *,
    campaign_id: str | None,
    delivery_id: str | None,
    phone: str | None,
    contact_id: str | None,
    is_all: bool,
    is_complete: bool,
    out: Path,
    files: Sequence[Path],
) -> None:
    """Write a bundle that an auditor can check without this program."""
    asked = [campaign_id, delivery_id, phone, contact_id, is_all or None]
    if sum(each is not None for each in asked) != 1:
        raise click.UsageError(
            "Choose one of --campaign, --delivery, --number, --contact and --all."
        )
    if is_complete and phone is None and contact_id is None:
        raise click.UsageError("--complete belongs to --number and --contact.")
    app = open_application()
    if phone is not None:
        contact_id = _contact_id(app, phone)
    if contact_id is not None:
        scope = app.exporter.number_scope(contact_id, is_complete=is_complete)
    else:
        scope = app.exporter.scope_of(campaign_id=campaign_id, delivery_id=delivery_id)
    with progress("Exporting") as report:
        done = app.exporter.write(scope, out, against=_notes(files), progress=report)
    record_export(
        app,
        Export(
            kind=ExportKind.BUNDLE,
            form="zip",
            campaign_id=scope.campaign_id,
            contact_id=scope.contact_id,
            until=done.size,
        ),
    )
    others = number(done.size - done.shown)
    how = "others without their content" if is_complete else "under hashes alone"
    click.echo(f"{out}: {counted(done.shown, 'event')} to be read, {others} {how}.", err=True)


@click.command("tlog-proof")
@click.argument("seq", metavar="EVENT", type=click.IntRange(1, LARGEST))
@click.option("--out", type=_FILE, metavar="FILE", help="Write it there instead of to stdout.")
def tlog_proof(*, seq: int, out: Path | None) -> None:
    """Prove that one event, given by its number, is in the ledger."""
    proof = str(open_application().prover.prove(seq))
    if out is None:
        click.echo(proof, nl=False)
    else:
        _write(out, proof)


def _quorum(settings: Settings, witness_keys: Sequence[str], count: int | None) -> Quorum | None:
    """The cosignatures that are demanded; None without either option."""
    if not witness_keys and count is None:
        return None
    keys = [NamedKey.parse(key, SignatureType.WITNESS) for key in witness_keys]
    keys = keys or [witness.key for witness in settings.witnesses]
    if count is not None and count > len(keys):
        raise click.UsageError(f"There are {len(keys)} witnesses, fewer than --quorum demands.")
    return Quorum(keys, count or len(keys))


def _contact_id(app: Application, number: str) -> str:
    """The number's own id; each other one is named on stderr."""
    contact_id, *others = contact_ids_of(app, number)
    for other in others:
        click.echo(
            f"An earlier version recorded events of this number under {other}, too. They are not "
            f"in this bundle; export them with --contact {other}.",
            err=True,
        )
    return contact_id


def _notes(files: Sequence[Path]) -> dict[str, str]:
    try:
        return {str(file): file.read_text() for file in files}
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"A checkpoint file cannot be read: {error}.") from error


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from error


def _document(result: VerificationResult) -> dict[str, Any]:
    return {
        "ok": not result.faults,
        "size": result.right_count,
        "root": result.root.hex(),
        "checkpoints": result.kept_count,
        "against": result.outside_count,
        "faults": [asdict(fault) for fault in result.faults],
        "fault_count": result.fault_count,
        "wrong_events": result.wrong_count,
        "unproven": list(result.unproven),
    }


def _print(result: VerificationResult) -> None:
    for fault in result.faults:
        click.echo(f"WRONG {fault}.")
    more = result.fault_count - len(result.faults)
    if more:
        click.echo(f"WRONG and {counted(more, 'more fault')}.")
    wrong = f", {number(result.wrong_count)} wrong or missing" if result.wrong_count else ""
    click.echo(
        f"{counted(result.right_count, 'event')} recomputed and right{wrong}; compared with "
        f"{counted(result.kept_count, 'checkpoint')} kept here and "
        f"{number(result.outside_count)} from outside."
    )
    for statement in result.unproven:
        click.echo(f"Not proven: {statement}")
