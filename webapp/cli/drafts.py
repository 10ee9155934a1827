"""`delivery-ledger draft …`: campaigns that are being written."""

from dataclasses import replace
from typing import Any

import click

from ledger.commands import drafts
from ledger.commands.repository import draft_of
from ledger.domain.local_times import parse_start
from webapp.acts import LAUNCH
from webapp.cli.chosen_lists import list_of
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    office_for,
    open_application,
    open_caught_up,
    print_json,
    print_table,
)
from webapp.cli.launch_options import LaunchRequest, draft_order, launch_options, order_options
from webapp.cli.launching import launch_and_print
from webapp.documents import iso
from webapp.sound_aggregates import SoundAggregates


@click.group()
def draft() -> None:
    """Campaigns that are being written: save, list, launch and discard them."""


@draft.command("save")
@click.option("--draft", "draft_id", metavar="DRAFT", help="Overwrite this draft.")
@click.option("--list", "list_name", metavar="LIST", help="The contact list that it goes to.")
@order_options
@by_option
def save_command(
    *, draft_id: str | None, list_name: str | None, by: str | None, **options: Any
) -> None:
    """Save what is written so far, and print the draft's id."""
    app = open_application()
    office_id = office_for(app, by, options.pop("office"))
    list_id = list_of(app, by, list_name) if list_name else None
    order = replace(draft_order(app.settings, **options), office_id=office_id, list_id=list_id)
    zone = app.settings.time_zone
    click.echo(drafts.save_draft(app.ledger, order, actor(app, by, LAUNCH), draft_id, zone=zone))


@draft.command("clone")
@click.argument("campaign_id", metavar="CAMPAIGN")
@by_option
def clone_command(*, campaign_id: str, by: str | None) -> None:
    """Save a draft with a campaign's text, policy and hours, and print its id."""
    app = open_application()
    order = drafts.clone(SoundAggregates(app.ledger.reader), campaign_id)
    who, zone = actor(app, by, LAUNCH), app.settings.time_zone
    order = replace(order, office_id=office_for(app, by, order.office_id))
    click.echo(drafts.save_draft(app.ledger, order, who, zone=zone))


@draft.command("list")
@json_option
def list_drafts_command(*, as_json: bool) -> None:
    """Every draft, the newest first."""
    rows = open_caught_up().drafts.all()
    if as_json:
        print_json([{"id": r.draft_id, "name": r.name, "saved_at": iso(r.saved_at)} for r in rows])
        return
    print_table(("Id", "Name", "Saved"), [(r.draft_id, r.name, iso(r.saved_at)) for r in rows])


@draft.command("launch")
@click.argument("draft_id", metavar="DRAFT")
@click.option("--start", metavar="TIME", help="In place of the draft's start; now: at once.")
@launch_options
def launch_draft_command(
    *, draft_id: str, start: str | None, launch_request: LaunchRequest
) -> None:
    """Text every contact of a file by a draft; a follow-up needs no file."""
    app = open_application()
    order = drafts.order_of(draft_of(SoundAggregates(app.ledger.reader), draft_id))
    if start is not None:
        starts_at = parse_start(start, app.settings.time_zone)
        order = replace(order, timing=replace(order.timing, starts_at=starts_at))
    launch_and_print(app, order, launch_request, draft_id=draft_id)


@draft.command("discard")
@click.argument("draft_id", metavar="DRAFT")
@by_option
def discard_command(*, draft_id: str, by: str | None) -> None:
    """Discard a draft; it stays in the audit trail."""
    app = open_application()
    app.ledger.execute(drafts.DiscardDraft(draft_id, actor(app, by, LAUNCH))).result()
    click.echo(f"Discarded {draft_id}.", err=True)
