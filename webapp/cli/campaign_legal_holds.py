"""`delivery-ledger campaign hold | release-hold | holds`: keeping all contacts of a campaign."""

import click

from ledger.commands.legal_holds import PlaceCampaignLegalHold, ReleaseCampaignLegalHold
from ledger.errors import EventProblemFound
from webapp.acts import HOLD
from webapp.campaign_legal_holds import campaign_legal_hold_document, campaign_legal_holds
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_application,
    open_caught_up,
    print_json,
    print_table,
)
from webapp.cli.legal_holds import HOLD_HEADINGS, hold_cells, number_option, reason_option


@click.command("hold")
@click.argument("campaign_id", metavar="ID")
@reason_option
@by_option
def hold_command(*, campaign_id: str, reason: str, by: str | None) -> None:
    """Place a legal hold: no contact of the campaign ID can be forgotten."""
    app = open_application()
    command = PlaceCampaignLegalHold(campaign_id, reason, actor(app, by, HOLD))
    number = app.ledger.execute(command).result()
    click.echo(
        f"Placed legal hold {number}: no contact of {campaign_id} can be forgotten until it is "
        "released.",
        err=True,
    )


@click.command("release-hold")
@click.argument("campaign_id", metavar="ID")
@number_option
@by_option
def release_hold_command(*, campaign_id: str, number: int | None, by: str | None) -> None:
    """End a legal hold on the campaign ID."""
    app = open_application()
    command = ReleaseCampaignLegalHold(campaign_id, actor(app, by, HOLD), number)
    number = app.ledger.execute(command).result()
    click.echo(f"Released legal hold {number} of {campaign_id}.", err=True)


@click.command("holds")
@json_option
def holds_command(*, as_json: bool) -> None:
    """The legal holds on campaigns in force, with reason, in the order of placing."""
    app = open_caught_up()
    in_force = campaign_legal_holds(app)
    names = app.names.campaigns()
    if as_json:
        print_json(
            [
                campaign_legal_hold_document(hold, names.get(hold.campaign_id, ""))
                for hold in in_force.holds
            ]
        )
    else:
        rows = [
            (hold.campaign_id, names.get(hold.campaign_id, ""), *hold_cells(hold))
            for hold in in_force.holds
        ]
        print_table(("Id", "Campaign", *HOLD_HEADINGS), rows)
    if in_force.problem:
        raise EventProblemFound(in_force.problem)
