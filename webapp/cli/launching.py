"""`delivery-ledger campaign launch`: launch to a file of contacts."""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from ledger.commands.drafts import DraftOrder
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.recent_launches import LaunchedRecently
from ledger.domain.campaign import Campaign
from ledger.domain.events import FollowUp
from ledger.domain.offices import Scope
from ledger.domain.schedule import BadSchedule
from ledger.errors import BadInput, Refused, StoreUnavailable, WaitsForApproval
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.message_variants import template_of
from webapp.acts import LAUNCH
from webapp.bootstrap import Application
from webapp.check_documents import line_types_document, skipped_document
from webapp.cli.chosen_lists import list_of, parse_list
from webapp.cli.common import actor, office_for, open_application, print_json, progress, scope_of
from webapp.cli.contact_files import parse_contact_file, parse_contacts
from webapp.cli.launch_options import LaunchRequest, draft_order, launch_options, order_options
from webapp.cli.look_ups import LookUpRequest, look_up
from webapp.consents import without_consent
from webapp.contact_lists import ListContacts
from webapp.explain.consents import consent_notes
from webapp.explain.contact_files import file_notes, notes_for_approver
from webapp.explain.countries import abroad_sentence
from webapp.explain.first_texts import first_texts_sentence
from webapp.explain.launches import recent_launch_sentence
from webapp.explain.line_types import LookedUp, look_up_notes
from webapp.explain.numbers import counted
from webapp.explain.schedules import too_late_sentence
from webapp.follow_ups import FollowUpContacts


@click.command("launch")
@order_options
@launch_options
def launch_command(*, launch_request: LaunchRequest, **options: Any) -> None:
    """Text every contact of a file. A TIME without a zone is in LEDGER_TIME_ZONE."""
    app = open_application()
    office = options.pop("office")
    launch_and_print(app, draft_order(app.settings, **options), launch_request, office=office)


def launch_and_print(
    app: Application,
    order: DraftOrder,
    request: LaunchRequest,
    *,
    office: str | None = None,
    draft_id: str | None = None,
) -> None:
    """Launch to the contacts of a file, and print the campaign's id and the skipped rows.

    What staff should know about the file is printed on stderr before. Asks first where the same was
    launched within the last hour; `again` goes on without asking. Landlines are left out where a
    look-up is wanted.
    """
    by = actor(app, request.by, LAUNCH)
    contacts = _list_contacts(app, order, request)
    names_contacts = request.contact_file.path or contacts
    follow_up = None if names_contacts else order.follow_up
    parsed = _parsed(app, order, request, contacts or follow_up)
    launch_order = LaunchOrder(
        name=order.name,
        message=order.message,
        variants=order.variants,
        rows=parsed.rows,
        columns=parsed.columns,
        left_out=parsed.bad,
        policy=order.policy,
        timing=order.timing,
        zone=app.settings.time_zone,
        requires_consent=app.settings.requires_consent,
        is_urgent=order.is_urgent,
        leaves_out_landlines=request.look_up_request.is_wanted,
        draft_id=draft_id,
        office_id=office_for(app, request.by, office or order.office_id),
        follow_up=follow_up,
        contact_list=contacts.reference if contacts else None,
        file_notes=notes_for_approver(parsed),
    )
    _print_notes(app, launch_order, parsed)
    looked_up = _look_up(app, launch_order, by, request.look_up_request)
    launch_name = request.request_name or app.ledger.identity.new_launch()
    is_repeat = _is_launched(app, launch_name)
    run = partial(_launch, app, launch_order, by, launch_name=launch_name)
    try:
        scope = scope_of(app, request.by)
        campaign_id = _launch_or_ask(app, run, scope, again=request.again)
    except WaitsForApproval as request_made:
        if request.as_json:
            print_json({"id": request_made.campaign_id, "waits_for_approval": True})
        raise
    _print_launch(campaign_id, parsed, looked_up, as_json=request.as_json)
    if not is_repeat:
        first_texts = first_texts_sentence(launch_order, app.sending_conditions(), app.clock.now())
        click.echo(first_texts, err=True)


def _list_contacts(
    app: Application, order: DraftOrder, request: LaunchRequest
) -> ListContacts | None:
    """Return the contacts of the list that the options or the draft name; None for none."""
    chosen = request.contact_file
    if chosen.list_name:
        return ListContacts.of(app, list_of(app, request.by, chosen.list_name))
    if order.list_id and chosen.path is None:
        return ListContacts.of(app, order.list_id)
    return None


def _parsed(
    app: Application,
    order: DraftOrder,
    request: LaunchRequest,
    chosen: ListContacts | FollowUp | None,
) -> ParsedContacts:
    """Return the contacts of the file, of a list, or of the campaign that the draft follows up."""
    template = template_of(order.message, order.variants)
    if isinstance(chosen, ListContacts):
        return parse_list(
            app, template, chosen, request.contact_file, skip_invalid=request.skip_invalid
        )
    if chosen is None:
        return parse_contact_file(
            app.settings, template, request.contact_file, skip_invalid=request.skip_invalid
        )
    app.views.catch_up()
    contacts = FollowUpContacts.of(app, chosen)
    with contacts.opened() as file:
        parsed = parse_contacts(
            app.settings,
            template,
            file,
            request.contact_file.phone_column or contacts.phone_heading,
            skip_invalid=request.skip_invalid,
        )
    if sentence := contacts.left_out_sentence:
        click.echo(sentence, err=True)
    return parsed


def _launch_or_ask(app: Application, run: Callable[..., str], scope: Scope, *, again: bool) -> str:
    """Launch; where the same was launched lately, ask first whether that is meant."""
    try:
        return run(again=again)
    except LaunchedRecently as refusal:
        _ask_whether_again(recent_launch_sentence(refusal.recent, app.clock.now(), scope))
        return run(again=True)


def _print_notes(app: Application, order: LaunchOrder, parsed: ParsedContacts) -> None:
    left_out = consent_notes(without_consent(app, order.rows))
    for note in (*left_out, *file_notes(parsed.report)):
        click.echo(f"Note: {note}", err=True)
    if abroad := parsed.report.numbers_abroad:
        click.echo(abroad_sentence(abroad, app.settings.phone_region), err=True)
    if too_late := order.too_late_count(app.clock.now()):
        click.echo(f"Note: {too_late_sentence(too_late)}", err=True)


def _look_up(
    app: Application, order: LaunchOrder, by: str, request: LookUpRequest
) -> LookedUp | None:
    """Look the numbers up where that is wanted, and print what came of it."""
    if request.is_wanted:  # refused before Twilio is asked, which costs
        order.check()
        order.check_times(app.clock.now())
    looked_up = look_up(app, order.rows, by, request)
    for note in look_up_notes(looked_up):
        click.echo(note, err=True)
    return looked_up


def _is_launched(app: Application, launch_name: str) -> bool:
    campaign_id = app.ledger.identity.campaign_id(launch_name)
    return app.ledger.reader.load(Campaign, campaign_id).state is not None


def _launch(app: Application, order: LaunchOrder, by: str, *, launch_name: str, again: bool) -> str:
    """Launch and show the progress; an error says how the launch is completed."""
    with progress("Enrolling contacts") as report:
        try:
            return launch(
                app.ledger,
                order,
                by,
                launch_name=launch_name,
                again=again,
                progress=lambda enrolled: report(enrolled, len(order.rows)),
            )
        except BadSchedule as refusal:
            start = order.timing.starts_at
            if refusal.setting == "starts_at" and start and start < app.clock.now():
                raise BadInput(f"{refusal} --start now does the same.") from refusal
            raise
        except StoreUnavailable as error:
            raise type(error)(
                f"{error} Or run the same command again with --request {launch_name}: this launch "
                "is then completed, and never made twice."
            ) from error


def _ask_whether_again(sentence: str) -> None:
    """Ask on the terminal; end the program if the answer is no."""
    if not sys.stdin.isatty():
        raise Refused(f"{sentence} Add --again to launch it once more.")
    click.confirm(f"{sentence} Launch it again?", abort=True, err=True)


def _print_launch(
    campaign_id: str, parsed: ParsedContacts, looked_up: LookedUp | None, *, as_json: bool
) -> None:
    if as_json:
        skipped = [skipped_document(row) for row in parsed.skipped]
        document = {"id": campaign_id, "enrolled": len(parsed.rows), "skipped": skipped}
        print_json(document | line_types_document(looked_up))
        return
    click.echo(f"Launched {campaign_id} to {counted(len(parsed.rows), 'contact')}.")
    for row in parsed.skipped:
        click.echo(f"  left out {row}")
