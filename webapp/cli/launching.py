"""`delivery-ledger campaign launch | check`: launch to a file of contacts, or check it first."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from ledger.clock import SystemClock
from ledger.commands.drafts import DraftOrder
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.recent_launches import LaunchedRecently
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import BadSchedule, Schedule, SendWindow, parse_moment, parse_start
from ledger.errors import BadInput, Refused, StoreUnavailable
from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.contact_header import PhoneColumnUnclear
from ledger.messages.cost_estimate import ContactText, estimate
from ledger.messages.opt_out_instructions import says_how_to_opt_out
from ledger.messages.template import Template
from webapp.bootstrap import Application, build
from webapp.cli.common import (
    actor,
    by_option,
    copy_of,
    json_option,
    open_application,
    print_json,
    progress,
)
from webapp.cli.look_ups import LookUpRequest, look_up, look_up_options
from webapp.consents import without_consent
from webapp.documents import (
    abroad_document,
    check_document,
    line_types_document,
    skipped_document,
)
from webapp.explain.characters import character_name
from webapp.explain.consents import consent_notes
from webapp.explain.contact_files import file_notes
from webapp.explain.countries import abroad_sentence
from webapp.explain.launches import recent_launch_sentence
from webapp.explain.line_types import LookedUp, look_up_notes
from webapp.explain.numbers import counted, plural
from webapp.explain.schedules import too_late_sentence
from webapp.settings import Settings, read_settings

F = TypeVar("F", bound=Callable[..., Any])

_ORDER_OPTIONS = (
    click.option("--name", required=True, help="What staff call the campaign."),
    click.option(
        "--message", required=True, help="The text; {{first_name}} takes a column's value."
    ),
    click.option("--resend-after", default=300, show_default=True, help="First wait, in seconds."),
    click.option("--attempt-limit", type=int, help="Fail a contact after this many attempts."),
    click.option("--start", metavar="TIME", help="Send nothing before; 2026-11-30T08:00, or now."),
    click.option("--send-before", metavar="TIME", help="Attempt nothing from then on, and close."),
    click.option(
        "--window", metavar="HOURS", help="Hours of a contact's day, 08:00-21:00; none: all of it."
    ),
    click.option("--urgent", is_flag=True, help="Text at any hour, and before other campaigns."),
)
contacts_option = click.option(
    "--contacts",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file, or a workbook (XLSX, XLS, ODS), with a header.",
)
phone_column_option = click.option(
    "--phone-column", metavar="HEADING", help="The column to text, where its heading is not clear."
)
skip_option = click.option(
    "--skip-invalid", is_flag=True, help="Launch without the rows that are bad."
)
_REPEAT_OPTIONS = (
    click.option(
        "--request", metavar="NAME", help="Launched once under this name, however often it runs."
    ),
    click.option(
        "--again", is_flag=True, help="Launch even what was launched within the last hour."
    ),
)


def order_options(command: F) -> F:
    """Add the options of a campaign's text, hours and resend policy, which `draft_order` reads."""
    for option in reversed(_ORDER_OPTIONS):
        command = option(command)
    return command


def repeat_options(command: F) -> F:
    """Add the options of a launch that is repeated, which `launch_and_print` takes."""
    for option in reversed(_REPEAT_OPTIONS):
        command = option(command)
    return command


def draft_order(settings: Settings, **options: Any) -> DraftOrder:
    """Return the order in `order_options`; raises `BadInput` for an unreadable time or hours."""
    window, zone = options["window"], settings.time_zone
    if options["urgent"] and window is not None:
        raise BadInput(
            "An urgent campaign texts at any hour: leave out --window, or leave out --urgent."
        )
    return DraftOrder(
        name=options["name"],
        message=options["message"],
        policy=ResendPolicy(
            first_wait_seconds=options["resend_after"], attempt_limit=options["attempt_limit"]
        ),
        timing=Schedule(
            starts_at=parse_start(options["start"], zone),
            send_before=parse_moment(options["send_before"], zone),
            window=settings.window if window is None else SendWindow.parse(window),
        ),
        is_urgent=options["urgent"],
    )


@click.command("launch")
@order_options
@contacts_option
@phone_column_option
@skip_option
@repeat_options
@look_up_options
@by_option
@json_option
def launch_command(
    *,
    file: Path,
    phone_column: str | None,
    skip_invalid: bool,
    request: str | None,
    again: bool,
    look_up_request: LookUpRequest,
    by: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Text every contact of a file. A TIME without a zone is in LEDGER_TIME_ZONE."""
    app = open_application()
    order = draft_order(app.settings, **options)
    parsed = parse_contact_file(
        app.settings, order.message, file, phone_column=phone_column, skip_invalid=skip_invalid
    )
    launch_and_print(
        app,
        order,
        parsed,
        by,
        request=request,
        again=again,
        as_json=as_json,
        look_up_request=look_up_request,
    )


def launch_and_print(
    app: Application,
    order: DraftOrder,
    parsed: ParsedContacts,
    by: str | None,
    *,
    request: str | None,
    again: bool,
    as_json: bool,
    look_up_request: LookUpRequest,
    draft_id: str | None = None,
) -> None:
    """Launch to the contacts of a file, and print the campaign's id and the skipped rows.

    What staff should know about the file is printed on stderr before. Asks first where the same was
    launched within the last hour; `again` goes on without asking. Landlines are left out where a
    look-up is wanted.
    """
    left_out = consent_notes(without_consent(app, parsed.rows))
    for note in (*left_out, *file_notes(parsed.report)):
        click.echo(f"Note: {note}", err=True)
    launch_order = LaunchOrder(
        name=order.name,
        message=order.message,
        rows=parsed.rows,
        policy=order.policy,
        timing=order.timing,
        zone=app.settings.time_zone,
        requires_consent=app.settings.requires_consent,
        is_urgent=order.is_urgent,
        leaves_out_landlines=look_up_request.is_wanted,
        draft_id=draft_id,
    )
    if abroad := parsed.report.numbers_abroad:
        click.echo(abroad_sentence(abroad, app.settings.phone_region), err=True)
    if too_late := launch_order.too_late_count(app.clock.now()):
        click.echo(f"Note: {too_late_sentence(too_late)}", err=True)
    if look_up_request.is_wanted:  # refused before Twilio is asked, which costs
        launch_order.check()
        launch_order.check_times(app.clock.now())
    looked_up = look_up(app, parsed.rows, actor(app, by), look_up_request)
    for note in look_up_notes(looked_up):
        click.echo(note, err=True)
    run = partial(
        _launch,
        app,
        launch_order,
        actor(app, by),
        launch_name=request or app.ledger.identity.new_launch(),
    )
    try:
        campaign_id = run(again=again)
    except LaunchedRecently as refusal:
        _ask_whether_again(recent_launch_sentence(order.name, refusal.recent, app.clock.now()))
        campaign_id = run(again=True)
    _print_launch(campaign_id, parsed, looked_up, as_json=as_json)


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


def parse_contact_file(
    settings: Settings,
    message: str,
    file: Path,
    *,
    phone_column: str | None,
    skip_invalid: bool,
) -> ParsedContacts:
    """Return the contacts of a file; raises `BadInput` for bad rows, unless these are skipped."""
    template = Template.parse(message)
    with copy_of(file) as copy:
        try:
            return read_contacts(
                copy,
                region=settings.phone_region,
                template=template,
                skip_invalid=skip_invalid,
                phone_column=phone_column,
                times=settings.written_times(SystemClock().now()),
            )
        except PhoneColumnUnclear as unclear:
            raise BadInput(f"{unclear} Name the column with --phone-column.") from unclear


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


@click.command("check")
@click.option("--message", required=True, help="The text; {{first_name}} takes a column's value.")
@contacts_option
@phone_column_option
@look_up_options
@by_option
@json_option
def check_command(
    *,
    message: str,
    file: Path,
    phone_column: str | None,
    look_up_request: LookUpRequest,
    by: str | None,
    as_json: bool,
) -> None:
    """Show what would be sent and what it costs, and what is odd in the file; send nothing."""
    settings = read_settings()
    parsed = parse_contact_file(
        settings, message, file, phone_column=phone_column, skip_invalid=True
    )
    template = Template.parse(message)
    texts = [
        ContactText(row.line, row.phone, row.name, template.merge(row.fields))
        for row in parsed.rows
    ]
    costs, price = estimate(texts), settings.price
    abroad = parsed.report.numbers_abroad
    left_out = without_consent(build(settings), parsed.rows) if settings.requires_consent else None
    looked_up = None
    if look_up_request.is_wanted:
        app = build(settings)
        looked_up = look_up(app, parsed.rows, actor(app, by), look_up_request)
    if as_json:
        document = check_document(parsed, costs, texts, price, without_consent=left_out)
        print_json(document | abroad_document(abroad) | line_types_document(looked_up))
        return
    cost = f", about {price.of(costs.segments)}" if price else ""
    click.echo(f"{counted(costs.contacts, 'contact')}, {counted(costs.segments, 'segment')}{cost}.")
    for count, contacts in costs.by_count.items():
        click.echo(f"  {counted(count, 'segment')}: {counted(contacts, 'contact')}")
    for character, contacts in costs.unusual.items():
        texts_of = f"{plural(contacts, 'text')} of {counted(contacts, 'contact')}"
        click.echo(f"  {character_name(character)} is in the {texts_of}")
    if costs.segments_without < costs.segments:
        segments = counted(costs.segments_without, "segment")
        click.echo(f"  without {plural(len(costs.unusual), 'it', 'them')}: {segments}")
    if abroad:
        click.echo(abroad_sentence(abroad, settings.phone_region))
    if not says_how_to_opt_out(message):
        click.echo('The message does not say how to opt out; add "Reply STOP to end."')
    notes = (*consent_notes(left_out), *file_notes(parsed.report), *look_up_notes(looked_up))
    for note in notes:
        click.echo(note)
    for row in parsed.skipped:
        click.echo(f"  left out {row}")
