"""`delivery-ledger campaign list | show`: campaigns with their counts."""

import click

from webapp.cli.common import (
    as_of_option,
    json_option,
    open_caught_up,
    print_json,
    print_table,
    status_at,
)
from webapp.documents import campaign_document
from webapp.explain.reasons import state_reason
from webapp.explain.statuses import state_text
from webapp.explain.times import minute_text


@click.command("list")
@as_of_option
@json_option
def list_command(*, as_of: str | None, as_json: bool) -> None:
    """Every campaign, the newest first."""
    app = open_caught_up()
    rows = status_at(app, as_of).campaigns()
    if as_json:
        print_json([campaign_document(row, app.codes) for row in rows])
        return
    counts = ("Contacts", "Delivered", "Pending", "Failed")
    print_table(
        ("Id", "Name", "State", *counts),
        [(row.campaign_id, row.name, state_text(row), *vars(row.counts).values()) for row in rows],
    )


@click.command("show")
@click.argument("campaign_id", metavar="ID")
@as_of_option
@json_option
def show_command(*, campaign_id: str, as_of: str | None, as_json: bool) -> None:
    """One campaign with its counts."""
    app = open_caught_up()
    row = status_at(app, as_of).campaign(campaign_id)
    if as_json:
        print_json(campaign_document(row, app.codes))
        return
    click.echo(f"{row.name}\n{state_text(row)}, launched {minute_text(row.launched_at)} UTC")
    if row.state_cause:
        click.echo(state_reason(row.state_cause, app.codes))
    if row.stated_reason:
        click.echo(f"Reason: “{row.stated_reason}”")
    print_table(tuple(vars(row.counts)), [tuple(vars(row.counts).values())])
