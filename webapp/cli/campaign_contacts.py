"""`delivery-ledger campaign contacts`: every contact of a campaign, as a table, CSV or JSON."""

import csv
import sys
from collections.abc import Sequence
from typing import Any

import click

from ledger.commands.access import Export
from ledger.domain.vocabulary import DeliveryStatus, ExportKind
from webapp.cli.common import (
    as_of_option,
    json_option,
    open_caught_up,
    print_json,
    print_table,
    record_export,
    status_at,
)
from webapp.documents import CONTACT_FIELDS, contact_document, harmless, iso
from webapp.explain.people import number_of
from webapp.explain.reasons import REASON_LABELS
from webapp.explain.statuses import STATUS_LABELS


@click.command("contacts")
@click.argument("campaign_id", metavar="ID")
@click.option(
    "--status", type=click.Choice([status.value for status in DeliveryStatus]), help="Only these."
)
@as_of_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
def contacts_command(
    *, campaign_id: str, status: str | None, as_of: str | None, as_csv: bool, as_json: bool
) -> None:
    """Every contact of a campaign, in the order of the file."""
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    app = open_caught_up()
    views = status_at(app, as_of)
    views.campaign(campaign_id)
    rows = views.contacts(campaign_id, status=DeliveryStatus(status) if status else None)
    documents = [contact_document(row, app.codes) for row in rows]
    if as_csv or as_json:
        form = "csv" if as_csv else "json"
        record_export(app, Export(kind=ExportKind.CONTACTS, form=form, campaign_id=campaign_id))
    if as_json:
        print_json(documents)
    elif as_csv:
        _print_csv(documents)
    else:
        print_table(
            ("Contact", "Number", "Delivered", "Failed reason", "Attempts", "Next attempt"),
            [
                (
                    row.name or None,
                    number_of(row),
                    STATUS_LABELS[row.status].lower(),
                    REASON_LABELS[row.failed_reason] if row.failed_reason else None,
                    row.attempts,
                    iso(row.next_attempt_at),
                )
                for row in rows
            ],
        )


def _print_csv(documents: Sequence[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, CONTACT_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(harmless(document) for document in documents)
