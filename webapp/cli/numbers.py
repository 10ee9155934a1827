"""`delivery-ledger numbers …`: the numbers that cannot be reached, over all campaigns."""

import csv
import sys
from collections.abc import Iterable

import click

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from projections.numbers_to_fix.faults import NumberFault
from projections.numbers_to_fix.queries import NumberFilter, NumberToFix
from webapp.acts import CHANGE_CONTACT
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_caught_up,
    print_json,
    print_table,
    record_export,
    scope_of,
)
from webapp.cli.contact_ids import seen_contact_id_of
from webapp.documents import NUMBER_TO_FIX_FIELDS, number_to_fix_document, number_to_fix_line
from webapp.explain.numbers_to_fix import FAULT_LABELS
from webapp.explain.times import day_text
from webapp.number_fixes import mark_number_fixed

_READ_TOGETHER = 1000


@click.group()
def numbers() -> None:
    """Numbers that cannot be reached: list them, and mark those that were corrected."""


@numbers.command("list")
@click.option(
    "--fault",
    type=click.Choice([fault.value for fault in NumberFault]),
    help="Only numbers with this fault.",
)
@click.option("--campaign", "campaign_id", metavar="ID", help="Only contacts of this campaign.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for the registrar.")
@json_option
def list_command(
    *, fault: str | None, campaign_id: str | None, as_csv: bool, as_json: bool
) -> None:
    """Every number that cannot be reached, the newest first."""
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    app = open_caught_up()
    app.views.follow()
    if campaign_id is not None:
        app.status.campaign(campaign_id)
    which = NumberFilter(NumberFault(fault) if fault else None, campaign_id)
    rows = app.numbers_to_fix.all(which, _READ_TOGETHER)
    if as_csv or as_json:
        form = "csv" if as_csv else "json"
        export = Export(kind=ExportKind.NUMBERS_TO_FIX, form=form, campaign_id=campaign_id)
        record_export(app, export)
    if as_json:
        print_json([number_to_fix_document(row) for row in rows])
    elif as_csv:
        _print_csv(rows)
    else:
        print_table(
            ("Person", "Number", "What is wrong", "Since", "Campaigns"),
            [
                (
                    row.name or None,
                    row.phone,
                    f"{FAULT_LABELS[row.fault]}{f' ({row.code})' if row.code else ''}",
                    day_text(row.since_at),
                    str(row.campaigns),
                )
                for row in rows
            ],
        )


def _print_csv(rows: Iterable[NumberToFix]) -> None:
    writer = csv.DictWriter(sys.stdout, NUMBER_TO_FIX_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(number_to_fix_line(row) for row in rows)


@numbers.command("fixed")
@click.argument("number")
@by_option
def fixed_command(*, number: str, by: str | None) -> None:
    """Mark NUMBER as corrected in the school's records. It returns if a text to it fails again."""
    app = open_caught_up()
    who, contact_id = actor(app, by, CHANGE_CONTACT), seen_contact_id_of(app, number, by)
    mark_number_fixed(app.within(scope_of(app, by)), contact_id, who)
    click.echo(f"Marked as fixed: {number}.", err=True)
