"""`delivery-ledger campaign requests | approve | refuse`: launches that wait for approval."""

import click

from ledger.commands.launch_requests import ApproveLaunch, RefuseLaunch, WithdrawLaunch
from ledger.domain.campaign import Campaign
from ledger.errors import NotFound, Refused
from webapp.acts import APPROVE_LAUNCH, LAUNCH
from webapp.bootstrap import Application
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    may,
    open_caught_up,
    print_json,
    print_table,
    scope_of,
)
from webapp.documents import iso
from webapp.explain.numbers import counted
from webapp.launch_requests import launch_request_document
from webapp.permissions import Permission


@click.command("requests")
@json_option
def requests_command(*, as_json: bool) -> None:
    """Every launch that waits for approval, the oldest first."""
    app = open_caught_up()
    rows, names = app.launch_requests.waiting(), app.accounts.names()
    if as_json:
        print_json([launch_request_document(row) for row in rows])
        return
    print_table(
        ("Id", "Name", "Contacts", "Asked for", "By"),
        [
            (
                row.campaign_id,
                row.name,
                row.contact_count,
                iso(row.requested_at),
                names.get(row.requested_by, row.requested_by),
            )
            for row in rows
        ],
    )


@click.command("approve")
@click.argument("name", metavar="NAME")
@by_option
def approve_command(*, name: str, by: str | None) -> None:
    """Approve and launch NAME: the name or the id of a launch that waits for approval."""
    app = open_caught_up()
    approver = actor(app, by, APPROVE_LAUNCH)
    campaign_id = _waiting(app.within(scope_of(app, by)), name)
    command = ApproveLaunch(
        campaign_id, approver, may_exceed_spending=may(app, by, Permission.APPROVE_SPENDING)
    )
    app.ledger.execute(command).result()
    click.echo(f"Approved and launched {campaign_id}.")


@click.command("refuse")
@click.argument("name", metavar="NAME")
@click.option("--reason", default="", help="Why it is refused, for the person who asked.")
@by_option
def refuse_command(*, name: str, reason: str, by: str | None) -> None:
    """Refuse NAME, the name or the id of a launch that waits; or withdraw your own request."""
    app = open_caught_up()
    who = actor(app, by, LAUNCH)
    campaign_id = _waiting(app.within(scope_of(app, by)), name)
    if app.ledger.reader.load(Campaign, campaign_id).waiting_launch().is_asker(who):
        app.ledger.execute(WithdrawLaunch(campaign_id, who)).result()
        click.echo(f"Withdrew {campaign_id}: nobody is texted.")
        return
    command = RefuseLaunch(campaign_id, actor(app, by, APPROVE_LAUNCH), explanation=reason)
    app.ledger.execute(command).result()
    click.echo(f"Refused {campaign_id}: nobody is texted.")


def _waiting(app: Application, name: str) -> str:
    """Return the id of the one launch with that name or id that waits."""
    rows = [row for row in app.launch_requests.waiting() if name in {row.campaign_id, row.name}]
    if not rows:
        raise NotFound(f"No launch {name} waits for approval. See `campaign requests`.")
    if len(rows) > 1:
        same = counted(len(rows), "launch", "launches")
        raise Refused(f"{same} of this name wait. Name one by its id; see `campaign requests`.")
    return rows[0].campaign_id
