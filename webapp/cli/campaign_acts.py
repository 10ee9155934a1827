"""`delivery-ledger campaign pause | resume | close | archive | resend`: acts on a campaign."""

from dataclasses import asdict

import click

from ledger.commands.campaigns import (
    ArchiveCampaign,
    CampaignCommand,
    CloseCampaign,
    PauseCampaign,
    ResumeCampaign,
)
from ledger.commands.resends import ResendOrder, resend
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.errors import ResendWaitsForApproval
from projections.campaigns.resend_plan import ResendPlan, Selection
from webapp.acts import CHANGE_CAMPAIGN
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    may,
    open_application,
    open_caught_up,
    print_json,
    reason_option,
)
from webapp.explain.numbers import counted, number
from webapp.explain.reasons import LEFT_OUT_CLAUSES, LEFT_OUT_LABELS
from webapp.permissions import Permission
from webapp.resend_requests import named_deliveries, selection_at


def _act(name: str, command: type[CampaignCommand], done: str, description: str) -> click.Command:
    @click.command(name=name, help=description)
    @click.argument("campaign_id", metavar="ID")
    @reason_option
    @by_option
    def run(*, campaign_id: str, reason: str | None, by: str | None) -> None:
        app = open_application()
        act = command(campaign_id, actor(app, by, CHANGE_CAMPAIGN), stated_reason=reason)
        app.ledger.execute(act).result()
        click.echo(f"{done} {campaign_id}.", err=True)

    return run


pause_command = _act("pause", PauseCampaign, "Paused", "Start no attempts until resumed.")
resume_command = _act("resume", ResumeCampaign, "Resumed", "Let attempts start again.")
close_command = _act(
    "close", CloseCampaign, "Closed", "No further attempts; what is pending stays pending."
)
archive_command = _act("archive", ArchiveCampaign, "Archived", "Freeze every status for good.")


@click.command("resend")
@click.argument("campaign_id", metavar="ID")
@click.option(
    "--status",
    type=click.Choice([*(status.value for status in DeliveryStatus), "any"]),
    default="failed",
    show_default=True,
    help="Look at these; only failed ones are ever tried again.",
)
@click.option(
    "--reason",
    type=click.Choice([reason.value for reason in Reason]),
    help="Only those of this reason.",
)
@click.option("--code", help="Only those with this error code.")
@click.option(
    "--include-unreachable",
    is_flag=True,
    help="Resend to unreachable, invalid and blocking numbers and landlines; it hardly ever helps.",
)
@click.option("--plan", "is_plan", is_flag=True, help="Count, and send nothing.")
@click.option("--request", metavar="NAME", help="Done once under this name, however often it runs.")
@by_option
@json_option
def resend_command(
    *,
    campaign_id: str,
    include_unreachable: bool,
    is_plan: bool,
    request: str | None,
    by: str | None,
    as_json: bool,
    **selected: str | None,
) -> None:
    """Try the failed contacts of a campaign again."""
    app = open_caught_up()
    selection = _selection(**selected)
    if is_plan:
        app.status.campaign(campaign_id)
        plan = app.status.resend_plan(
            campaign_id,
            selection,
            include_unreachable=include_unreachable,
            requires_consent=app.requires_consent(campaign_id),
        )
        _print_plan(plan, as_json=as_json)
        return
    named = selection_at(
        app.views.position().seq, selection, include_unreachable=include_unreachable
    )
    order = ResendOrder(
        campaign_id=campaign_id,
        delivery_ids=named_deliveries(app, campaign_id, named),
        selection=named,
        request=request or app.ledger.identity.new_request(),
        include_unreachable=include_unreachable,
        requires_consent=app.settings.requires_consent,
        may_exceed_spending=may(app, by, Permission.APPROVE_SPENDING),
    )
    try:
        done = resend(app.ledger, order, actor(app, by, CHANGE_CAMPAIGN))
    except ResendWaitsForApproval as request_made:
        if as_json:
            print_json({"id": request_made.resend_id, "waits_for_approval": True})
        raise
    if as_json:
        print_json({"resent": done.count, "left_out": [asdict(left) for left in done.left_out]})
        return
    click.echo(
        f"Resending to {counted(done.count, 'contact')}, {number(len(done.left_out))} left out."
    )
    for left in done.left_out:
        click.echo(f"  {left.delivery_id}: {LEFT_OUT_LABELS[left.reason]}")


def _selection(*, status: str | None, reason: str | None, code: str | None) -> Selection:
    return Selection(
        status=DeliveryStatus(status) if status and status != "any" else None,
        reason=Reason(reason) if reason else None,
        code=code,
    )


def _print_plan(plan: ResendPlan, *, as_json: bool) -> None:
    if as_json:
        print_json({"would_resend": plan.count, "left_out": dict(plan.left_out)})
        return
    click.echo(f"Would resend to {counted(plan.count, 'contact')}.")
    for reason, contacts in plan.left_out.items():
        label, clause = LEFT_OUT_LABELS[reason].lower(), LEFT_OUT_CLAUSES[reason]
        click.echo(f"  {number(contacts)} left out, {label}: {clause}")
