"""`delivery-ledger campaign requests | approve | refuse`: what waits for approval."""

import click

from ledger.commands.launch_requests import ApproveLaunch, RefuseLaunch, WithdrawLaunch
from ledger.commands.resend_requests import RefuseResend, WithdrawResend, resend_request_of
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
from webapp.explain.numbers import counted
from webapp.launch_requests import launch_request_document
from webapp.permissions import Permission
from webapp.resend_requests import approve as approve_resend
from webapp.resend_requests import resend_request_document


@click.command("requests")
@json_option
def requests_command(*, as_json: bool) -> None:
    """Every launch, then every resend, that waits for approval, the oldest first."""
    app = open_caught_up()
    launches, resends = app.launch_requests.waiting(), app.resend_requests.waiting()
    documents = [
        *({**launch_request_document(row), "kind": "launch"} for row in launches),
        *({**resend_request_document(row), "kind": "resend"} for row in resends),
    ]
    if as_json:
        print_json(documents)
        return
    names = app.accounts.names()
    print_table(
        ("Id", "What", "Name", "Contacts", "Asked for", "By"),
        [
            (
                each["id"],
                each["kind"],
                each["name"],
                each["contacts"],
                each["requested_at"],
                names.get(each["requested_by"], each["requested_by"]),
            )
            for each in documents
        ],
    )


@click.command("approve")
@click.argument("name", metavar="NAME")
@by_option
def approve_command(*, name: str, by: str | None) -> None:
    """Approve NAME: the name or the id of a launch, or of a resend, that waits for approval."""
    app = open_caught_up()
    approver = actor(app, by, APPROVE_LAUNCH)
    request_id = _waiting(app.within(scope_of(app, by)), name)
    may_exceed = may(app, by, Permission.APPROVE_SPENDING)
    if _is_resend(request_id):
        done = approve_resend(app, request_id, approver, may_exceed_spending=may_exceed)
        click.echo(f"Approved {request_id}: {counted(done.count, 'contact')} will be tried again.")
        return
    command = ApproveLaunch(request_id, approver, may_exceed_spending=may_exceed)
    app.ledger.execute(command).result()
    click.echo(f"Approved and launched {request_id}.")


@click.command("refuse")
@click.argument("name", metavar="NAME")
@click.option("--reason", default="", help="Why it is refused, for the person who asked.")
@by_option
def refuse_command(*, name: str, reason: str, by: str | None) -> None:
    """Refuse NAME, a launch or a resend that waits; or withdraw your own request."""
    app = open_caught_up()
    who = actor(app, by, LAUNCH)
    request_id = _waiting(app.within(scope_of(app, by)), name)
    if _is_asker(app, request_id, who):
        withdraw = WithdrawResend if _is_resend(request_id) else WithdrawLaunch
        app.ledger.execute(withdraw(request_id, who)).result()
        click.echo(f"Withdrew {request_id}: nobody is texted.")
        return
    refuse = RefuseResend if _is_resend(request_id) else RefuseLaunch
    approver = actor(app, by, APPROVE_LAUNCH)
    app.ledger.execute(refuse(request_id, approver, explanation=reason)).result()
    click.echo(f"Refused {request_id}: nobody is texted.")


def _is_resend(request_id: str) -> bool:
    return request_id.startswith("rsd_")


def _is_asker(app: Application, request_id: str, who: str) -> bool:
    reader = app.ledger.reader
    if _is_resend(request_id):
        return resend_request_of(reader, request_id).is_asker(who)
    return reader.load(Campaign, request_id).waiting_launch().is_asker(who)


def _waiting(app: Application, name: str) -> str:
    """Return the id of the one launch or resend with that name or id that waits."""
    launches = {row.campaign_id: row.name for row in app.launch_requests.waiting()}
    resends = {row.resend_id: row.name for row in app.resend_requests.waiting()}
    ids = [each for each, its_name in (launches | resends).items() if name in {each, its_name}]
    if not ids:
        raise NotFound(f"No launch or resend {name} waits for approval. See `campaign requests`.")
    if len(ids) > 1:
        same = counted(len(ids), "request")
        raise Refused(f"{same} of this name wait. Name one by its id; see `campaign requests`.")
    return ids[0]
