"""`delivery-ledger campaign phone-list`: whom the texts of a campaign did not reach."""

import click

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from webapp.as_of import is_present, past_of
from webapp.cli.common import (
    as_of_option,
    json_option,
    open_caught_up,
    print_json,
    print_table,
    record_export,
)
from webapp.reports.files import ReportForm, text_parts
from webapp.reports.phone_list import PhoneList


@click.command("phone-list")
@click.argument("campaign_id", metavar="ID")
@as_of_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with the columns of the upload.")
@json_option
def phone_list_command(*, campaign_id: str, as_of: str | None, as_csv: bool, as_json: bool) -> None:
    """Whom to call: contacts that failed or were never confirmed, by name."""
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    app = open_caught_up()
    seq, at = app.views.position().seq, app.clock.now()
    if not is_present(as_of):
        moment = past_of(app.ledger.reader, as_of or "", at)
        seq, at = moment.seq, moment.at or app.ledger.reader.time_at(moment.seq)
    phone_list = PhoneList.of(app, campaign_id, seq, at)
    form = "csv" if as_csv else "json" if as_json else "table"
    record_export(
        app, Export(kind=ExportKind.CONTACTS, form=form, campaign_id=campaign_id, until=seq)
    )
    if as_json:
        print_json(list(phone_list.documents()))
    elif as_csv:
        for part in text_parts(phone_list, ReportForm.CSV):
            click.echo(part, nl=False)
    else:
        print_table(
            ("Name", "Number", "Why"),
            [
                (each.contact.name or None, each.contact.phone, each.why)
                for each in phone_list.unreached()
            ],
        )
