"""The options of a campaign that is written, and of a launch, for each command that has them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial, wraps
from typing import Any, TypeVar

import click

from ledger.commands.drafts import DraftOrder
from ledger.domain.events import MessageVariants
from ledger.domain.local_times import parse_send_before, parse_start
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule, SendWindow
from ledger.errors import BadInput
from ledger.messages.message_variants import variants_of
from webapp.cli.common import by_option, json_option
from webapp.cli.contact_files import ContactFileChoice, contact_file_options, list_option
from webapp.cli.look_ups import LookUpRequest, look_up_options
from webapp.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

_WORDING_OPTIONS = (
    click.option(
        "--message-for",
        "wordings",
        multiple=True,
        metavar="VALUE=TEXT",
        help="Another wording, for contacts with VALUE in --message-column; may be repeated.",
    ),
    click.option(
        "--message-column",
        metavar="HEADING",
        help="The column that says who gets which wording; others get --message.",
    ),
)


def wording_options(command: F) -> F:
    """Add the options of further wordings, which `wordings_in` reads."""
    for option in reversed(_WORDING_OPTIONS):
        command = option(command)
    return command


def wordings_in(wordings: Sequence[str], column: str | None) -> MessageVariants | None:
    """Return the further wordings that the options name; raises `BadInput`."""
    pairs = []
    for written in wordings:
        value, separator, text = written.partition("=")
        if not separator or not value.strip() or not text.strip():
            raise BadInput(
                f"--message-for {written[:40]}: write the value, =, and the text, such as "
                '--message-for "es=Hola {{first_name}}".'
            )
        pairs.append((value, text))
    if pairs and not column:
        raise BadInput(
            "Name the column that says who gets which wording with --message-column, such as "
            "--message-column Language."
        )
    if column and not pairs:
        raise BadInput(
            "--message-column says who gets which wording, but there is one wording only. Add "
            'another with --message-for, such as --message-for "es=Hola {{first_name}}".'
        )
    return variants_of(column or "", pairs)


_ORDER_OPTIONS = (
    click.option("--name", required=True, help="What staff call the campaign."),
    click.option(
        "--message", required=True, help="The text; {{first_name}} takes a column's value."
    ),
    *_WORDING_OPTIONS,
    click.option("--resend-after", default=300, show_default=True, help="First wait, in seconds."),
    click.option("--attempt-limit", type=int, help="Fail a contact after this many attempts."),
    click.option("--start", metavar="TIME", help="Send nothing before; 2026-11-30T08:00, or now."),
    click.option("--send-before", metavar="TIME", help="Attempt nothing from then on, and close."),
    click.option(
        "--window", metavar="HOURS", help="Hours of a contact's day, 08:00-21:00; none: all of it."
    ),
    click.option("--urgent", is_flag=True, help="Text at any hour, and before other campaigns."),
    click.option("--office", metavar="OFFICE", help="The office it belongs to: its name or id."),
)


def order_options(command: F) -> F:
    """Add the options of a campaign's text, hours and resend policy, which `draft_order` reads."""
    for option in reversed(_ORDER_OPTIONS):
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
        variants=wordings_in(options["wordings"], options["message_column"]),
        policy=ResendPolicy(
            first_wait_seconds=options["resend_after"], attempt_limit=options["attempt_limit"]
        ),
        timing=Schedule(
            starts_at=parse_start(options["start"], zone),
            send_before=parse_send_before(options["send_before"], zone),
            window=settings.window if window is None else SendWindow.parse(window),
        ),
        is_urgent=options["urgent"],
    )


@dataclass(frozen=True, kw_only=True)
class LaunchRequest:
    """What a command is told about a launch, beside the campaign's text, policy and hours."""

    contact_file: ContactFileChoice
    skip_invalid: bool
    """Whether it is launched without the rows that are bad."""
    request_name: str | None
    """The name under which it is launched once; None for a new one."""
    again: bool
    """Whether it is launched even where the same was launched within the last hour."""
    look_up_request: LookUpRequest
    by: str | None
    """The user who acts; None for the login name."""
    as_json: bool


def launch_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a launch; the command gets them as `launch_request`."""

    @partial(contact_file_options, is_required=False)
    @list_option
    @click.option("--skip-invalid", is_flag=True, help="Launch without the rows that are bad.")
    @click.option(
        "--request",
        "request_name",
        metavar="NAME",
        help="Launched once under this name, however often it runs.",
    )
    @click.option(
        "--again", is_flag=True, help="Launch even what was launched within the last hour."
    )
    @look_up_options
    @by_option
    @json_option
    @wraps(command)
    def run(**options: Any) -> None:
        chosen = {field.name: options.pop(field.name) for field in fields(LaunchRequest)}
        command(launch_request=LaunchRequest(**chosen), **options)

    return run
