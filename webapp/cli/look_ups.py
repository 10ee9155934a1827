"""`--look-up` of a launch or a check: asks Twilio for line types, after its cost was shown."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from ledger.errors import Refused
from ledger.messages.contact_rows import Rows
from webapp.bootstrap import Application
from webapp.cli.common import progress
from webapp.explain.line_types import LookedUp
from webapp.look_ups import planned_look_up


@dataclass(frozen=True, kw_only=True)
class LookUpRequest:
    """What the options of a look-up ask for."""

    is_wanted: bool
    is_certain: bool
    """Whether Twilio is asked without a question before."""


def look_up_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a look-up; the command gets them as `look_up_request`."""

    @click.option(
        "--look-up",
        "is_wanted",
        is_flag=True,
        help="First ask Twilio for line types, which costs, and leave landlines out.",
    )
    @click.option("--yes", "is_certain", is_flag=True, help="Do not ask before the look-up.")
    @wraps(command)
    def run(*, is_wanted: bool, is_certain: bool, **options: Any) -> None:
        request = LookUpRequest(is_wanted=is_wanted, is_certain=is_certain)
        command(look_up_request=request, **options)

    return run


def look_up(app: Application, rows: Rows, by: str, request: LookUpRequest) -> LookedUp | None:
    """Look up the numbers without a recent result, if staff agree; None where it is not wanted.

    Raises `Refused` where the question cannot be asked; ends the program if the answer is no.
    """
    if not request.is_wanted:
        return None
    planned = planned_look_up(app, rows)
    if not planned.plan.phones:
        return planned.carry_out(by)
    _ask(planned.sentence, is_certain=request.is_certain)
    with progress("Looking up numbers") as report:
        return planned.carry_out(by, report)


def _ask(sentence: str, *, is_certain: bool) -> None:
    if is_certain:
        click.echo(sentence, err=True)
        return
    if not sys.stdin.isatty():
        raise Refused(f"{sentence} Add --yes to look them up.")
    click.confirm(f"{sentence} Look them up?", abort=True, err=True)
