"""`delivery-ledger contact opt-outs | import-opt-outs`: all opt-outs, and those of a file."""

import csv
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ledger.commands.access import Export
from ledger.commands.opt_out_import import import_opt_outs
from ledger.domain.vocabulary import ExportKind, OptOutMeans
from ledger.errors import BadInput
from ledger.messages.contact_header import PhoneColumnUnclear
from ledger.messages.opt_out_file import OptOutFile, read_opt_outs
from webapp.acts import CHANGE_CONTACT
from webapp.bootstrap import Application
from webapp.check_documents import skipped_document
from webapp.cli.common import (
    actor,
    by_option,
    copy_of,
    json_option,
    open_application,
    open_caught_up,
    print_json,
    print_table,
    progress,
    record_export,
)
from webapp.documents import OPT_OUT_FIELDS, harmless, opt_out_document
from webapp.explain.opt_out_imports import import_notes, import_result
from webapp.explain.opt_outs import MEANS_LABELS, opt_out_origin
from webapp.explain.people import name_of, number_of
from webapp.explain.times import minute_text

_READ_TOGETHER = 1000
_MEANS = {means.value: means for means in MEANS_LABELS}


@click.command("opt-outs")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, which import-opt-outs reads.")
@json_option
def opt_outs_command(*, as_csv: bool, as_json: bool) -> None:
    """All opt-outs with source and time, the newest first."""
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    app = open_caught_up()
    entries = app.opt_outs.all(_READ_TOGETHER)
    if as_csv or as_json:
        form = "csv" if as_csv else "json"
        record_export(app, Export(kind=ExportKind.OPT_OUTS, form=form))
    if as_json:
        print_json([opt_out_document(entry) for entry in entries])
    elif as_csv:
        _print_csv(opt_out_document(entry) for entry in entries)
    else:
        print_table(
            ("Contact", "Number", "Opted out", "How"),
            [
                (
                    name_of(entry),
                    number_of(entry),
                    minute_text(entry.opted_out_at),
                    opt_out_origin(entry.source, entry.means),
                )
                for entry in entries
            ],
        )


def _print_csv(documents: Iterable[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, OPT_OUT_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(harmless, documents))


@click.command("import-opt-outs")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--source", type=click.Choice([*_MEANS]), help="How people asked, where a row does not say it."
)
@click.option("--phone-column", metavar="HEADING", help="The column of numbers, if not clear.")
@click.option("--skip-invalid", is_flag=True, help="Import the others if some rows are bad.")
@by_option
@json_option
def import_opt_outs_command(
    *,
    file: Path,
    source: str | None,
    phone_column: str | None,
    skip_invalid: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """Opt out every number of FILE, a CSV file or a workbook with a header.

    A repeat records nothing twice.
    """
    app = open_application()
    means = _MEANS[source] if source else None
    opt_outs = _read(app, file, means, phone_column=phone_column, skip_invalid=skip_invalid)
    for note in import_notes(opt_outs):
        click.echo(f"Note: {note}", err=True)
    with progress("Recording opt-outs") as report:
        imported = import_opt_outs(
            app.ledger, opt_outs.rows, actor(app, by, CHANGE_CONTACT), progress=report
        )
    if as_json:
        skipped = [skipped_document(row) for row in opt_outs.skipped]
        counts = asdict(imported) | {"forgotten": opt_outs.forgotten}
        print_json(counts | {"skipped": skipped})
        return
    click.echo(import_result(imported))
    for row in opt_outs.skipped:
        click.echo(f"  left out {row}")


def _read(
    app: Application,
    file: Path,
    means: OptOutMeans | None,
    *,
    phone_column: str | None,
    skip_invalid: bool,
) -> OptOutFile:
    times = app.settings.written_times(app.clock.now())
    with copy_of(file) as copy:
        try:
            return read_opt_outs(
                copy,
                times=times,
                skip_invalid=skip_invalid,
                phone_column=phone_column,
                means=means,
            )
        except PhoneColumnUnclear as unclear:
            raise BadInput(f"{unclear} Name the column with --phone-column.") from unclear
