"""`delivery-ledger contact …`: acts on a number, whichever campaigns it is in."""

import click

from ledger.errors import BadInput
from ledger.phone import display, normalize
from ledger.verbs import contacts as verbs
from webapp.bootstrap import Application
from webapp.cli.common import actor, application, by_option


@click.group()
def contact() -> None:
    """Opt a number out, or in again."""


@contact.command("opt-out")
@click.argument("number")
@by_option
def opt_out_command(*, number: str, by: str | None) -> None:
    """Send nothing more to NUMBER."""
    found = application()
    phone = _normalized(found, number)
    withdrawn = verbs.opt_out(found.ledger, phone, actor(found, by))
    click.echo(f"Opted out {display(phone)}; {withdrawn} waiting deliveries withdrawn.", err=True)


@contact.command("opt-in")
@click.argument("number")
@by_option
def opt_in_command(*, number: str, by: str | None) -> None:
    """Let NUMBER be texted again."""
    found = application()
    phone = _normalized(found, number)
    is_blocked = verbs.opt_in(found.ledger, phone, actor(found, by))
    click.echo(f"Opted in {display(phone)}.", err=True)
    if is_blocked:
        click.echo(f"Mind: {verbs.TWILIO_STILL_BLOCKS}", err=True)


def _normalized(found: Application, number: str) -> str:
    try:
        return normalize(number, found.settings.phone_region)
    except BadInput as error:
        raise BadInput(f"NUMBER cannot be used: {error}.") from error
