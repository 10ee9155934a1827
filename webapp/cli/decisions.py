"""`delivery-ledger decision …`: texts that may have been sent; staff decide about each."""

import click

from ledger.commands.unknown_outcomes import SettleByStaff
from ledger.domain.vocabulary import Settlement
from webapp.acts import DECIDE
from webapp.cli.common import actor, by_option, json_option, open_caught_up, print_json, print_table
from webapp.documents import contact_document
from webapp.explain.people import number_of


@click.group()
def decision() -> None:
    """Texts that may have been sent: send them again, or let them be."""


@decision.command("list")
@click.option("--campaign", "campaign_id", metavar="ID", help="Only this campaign.")
@json_option
def list_command(*, campaign_id: str | None, as_json: bool) -> None:
    """Every text that waits for a decision of staff."""
    app = open_caught_up()
    if campaign_id is not None:
        app.status.campaign(campaign_id)
    rows = app.status.undecided(campaign_id)
    if as_json:
        print_json([contact_document(row, app.codes) for row in rows])
        return
    print_table(
        ("Delivery", "Contact", "Number", "Campaign"),
        [
            (
                row.delivery_id,
                row.name or None,
                number_of(row),
                row.campaign_name,
            )
            for row in rows
        ],
    )


def _settle_command(
    settlement: Settlement, name: str, done: str, description: str
) -> click.Command:
    @click.command(name=name, help=description)
    @click.argument("delivery_id", metavar="DELIVERY")
    @by_option
    def run(*, delivery_id: str, by: str | None) -> None:
        app = open_caught_up()
        command = SettleByStaff(delivery_id, settlement, actor(app, by, DECIDE), app.codes)
        app.ledger.execute(command).result()
        click.echo(f"{done} {delivery_id}.", err=True)

    return run


for _command in (
    _settle_command(
        Settlement.RESEND,
        "resend",
        "Sending again:",
        "Send it again, even if that person then gets it twice.",
    ),
    _settle_command(
        Settlement.LET_BE,
        "let-be",
        "Let be:",
        "Send nothing more; it fails unless a report says more.",
    ),
):
    decision.add_command(_command)
