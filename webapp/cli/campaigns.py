"""`delivery-ledger campaign …`: launch, look at and act on campaigns."""

import csv
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click

from ledger.commands.campaigns import (
    ArchiveCampaign,
    CampaignCommand,
    CloseCampaign,
    PauseCampaign,
    ResendOrder,
    ResumeCampaign,
    resend,
)
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.messages.phone_numbers import display
from projections.campaigns.resend_plan import ResendPlan, Selection
from projections.campaigns.rows import CampaignRow
from webapp.cli.common import (
    actor,
    application,
    as_of_option,
    by_option,
    caught_up,
    json_option,
    print_json,
    print_table,
    status_at,
)
from webapp.cli.launching import check_command, launch_command
from webapp.documents import (
    CONTACT_FIELDS,
    campaign_document,
    contact_document,
    forgotten_words,
    harmless,
    iso,
)


@click.group()
def campaign() -> None:
    """Launch, look at and act on campaigns."""


campaign.add_command(launch_command)
campaign.add_command(check_command)


@campaign.command("list")
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


@campaign.command("show")
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


@campaign.command("contacts")
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
    reads = status_at(caught_up(), as_of)
    reads.campaign(campaign_id)
    rows = reads.contacts(campaign_id, status=DeliveryStatus(status) if status else None)
    documents = [contact_document(row) for row in rows]
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
                    display(row.phone) or forgotten_words(row),
                    row.status,
                    row.failed_reason.label if row.failed_reason else None,
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


def _act(
    name: str, command: Callable[[str, str], CampaignCommand], done: str, description: str
) -> click.Command:
    @click.command(name=name, help=description)
    @click.argument("campaign_id", metavar="ID")
    @by_option
    def run(*, campaign_id: str, by: str | None) -> None:
        found = application()
        found.ledger.execute(command(campaign_id, actor(found, by))).result()
        click.echo(f"{done} {campaign_id}.", err=True)

    return run


for _name, _command, _done, _description in (
    ("pause", PauseCampaign, "Paused", "Start no attempts until resumed."),
    ("resume", ResumeCampaign, "Resumed", "Let attempts start again."),
    ("close", CloseCampaign, "Closed", "No further attempts; what is pending stays pending."),
    ("archive", ArchiveCampaign, "Archived", "Freeze every status for good."),
):
    campaign.add_command(_act(_name, _command, _done, _description))


@campaign.command("resend")
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
    help="Resend to unreachable and invalid numbers too; it hardly ever helps.",
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
    found = caught_up()
    selection = _selection(**selected)
    if is_plan:
        found.status.campaign(campaign_id)
        plan = found.status.resend_plan(
            campaign_id, selection, include_unreachable=include_unreachable
        )
        _print_plan(plan, as_json=as_json)
        return
    order = ResendOrder(
        campaign_id=campaign_id,
        delivery_ids=found.status.selected(campaign_id, selection),
        request=request or found.ledger.identity.new_request(),
        include_unreachable=include_unreachable,
    )
    done = resend(found.ledger, order, actor(found, by))
    if as_json:
        print_json({"resent": done.count, "left_out": [asdict(left) for left in done.left_out]})
        return
    click.echo(f"Resending to {done.count:,} contacts, {len(done.left_out):,} left out.")
    for left in done.left_out:
        click.echo(f"  {left.delivery_id}: {left.reason.label}")


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
    click.echo(f"Would resend to {plan.count:,} contacts.")
    for reason, contacts in plan.left_out.items():
        click.echo(f"  {contacts:,} left out, {reason.label.lower()}: {reason.sentence}")


def _state(row: CampaignRow) -> str:
    return f"{row.state}, complete" if row.is_complete else str(row.state)
