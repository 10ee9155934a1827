"""`delivery-ledger campaign list | show`: campaigns with their counts."""

import click

from webapp.campaign_cost import CampaignCost, campaign_cost, cost_document
from webapp.cli.common import (
    as_of_option,
    json_option,
    open_caught_up,
    print_json,
    print_table,
    seq_of,
    status_at,
)
from webapp.documents import campaign_document
from webapp.explain.costs import all_money, coverage
from webapp.explain.numbers import counted, number
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
    until = seq_of(app, as_of)
    queries = app.status if until is None else app.status.as_of(until)
    row = queries.campaign(campaign_id)
    cost = campaign_cost(app, campaign_id, until)
    if as_json:
        print_json({**campaign_document(row, app.codes), "cost": cost_document(cost)})
        return
    click.echo(f"{row.name}\n{state_text(row)}, launched {minute_text(row.launched_at)} UTC")
    if row.state_cause:
        click.echo(state_reason(row.state_cause, app.codes))
    if row.stated_reason:
        click.echo(f"Reason: “{row.stated_reason}”")
    print_table(tuple(vars(row.counts)), [tuple(vars(row.counts).values())])
    for line in _cost_lines(cost):
        click.echo(line)


def _cost_lines(cost: CampaignCost) -> list[str]:
    """Return the cost by Twilio's records and the estimate; empty if there is neither."""
    lines = []
    if cost.priced:
        amounts = all_money((each.cost_millionths, each.currency) for each in cost.costs)
        known = coverage(cost.priced, cost.texts)
        lines.append(
            f"Cost by Twilio's records: {amounts}, {counted(cost.segments, 'segment')}, {known}"
        )
    if cost.estimated_segments is not None:
        price = f", {cost.estimate}" if cost.estimate else ""
        lines.append(f"Estimated at the launch: {number(cost.estimated_segments)} segments{price}")
    return lines
