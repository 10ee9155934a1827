"""`delivery-ledger campaign list | show`: campaigns with their counts."""

import click

from projections.campaigns.rows import CampaignRow
from webapp.cli.common import (
    as_of_option,
    caught_up,
    json_option,
    print_json,
    print_table,
    status_at,
)
from webapp.documents import campaign_document


@click.command("list")
@as_of_option
@json_option
def list_command(*, as_of: str | None, as_json: bool) -> None:
    """Every campaign, the newest first."""
    rows = status_at(caught_up(), as_of).campaigns()
    if as_json:
        print_json([campaign_document(row) for row in rows])
        return
    counts = ("Contacts", "Delivered", "Pending", "Failed")
    print_table(
        ("Id", "Name", "State", *counts),
        [(row.campaign_id, row.name, _state(row), *vars(row.counts).values()) for row in rows],
    )


@click.command("show")
@click.argument("campaign_id", metavar="ID")
@as_of_option
@json_option
def show_command(*, campaign_id: str, as_of: str | None, as_json: bool) -> None:
    """One campaign with its counts."""
    row = status_at(caught_up(), as_of).campaign(campaign_id)
    if as_json:
        print_json(campaign_document(row))
        return
    click.echo(f"{row.name}\n{_state(row)}, launched {row.launched_at:%Y-%m-%d %H:%M} UTC")
    if row.state_reason:
        click.echo(row.state_reason)
    print_table(tuple(vars(row.counts)), [tuple(vars(row.counts).values())])


def _state(row: CampaignRow) -> str:
    return f"{row.state}, complete" if row.is_complete else str(row.state)
