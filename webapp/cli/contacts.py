"""`delivery-ledger contact …`: acts on a number, in all of its campaigns."""

import sys

import click

from ledger.commands.contacts import TWILIO_STILL_BLOCKS, OptIn, OptOut
from ledger.commands.forget import ForgetContact, check_forgettable, forgotten_contacts
from ledger.commands.same_phone import known_contact_id
from ledger.errors import BadInput
from ledger.messages.phone_numbers import display, normalize
from projections.campaigns.opt_out_effect import OptOutEffect
from webapp.bootstrap import Application
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_application,
    open_caught_up,
    print_json,
    scrub,
)
from webapp.explain.numbers import counted

_ID_START = "con_"


@click.group()
def contact() -> None:
    """Opt a number out, or in again, or forget it."""


@contact.command("opt-out")
@click.argument("number")
@by_option
def opt_out_command(*, number: str, by: str | None) -> None:
    """Send nothing more to NUMBER."""
    app = open_application()
    phone = _normalized(app, number)
    contact_id = app.ledger.identity.contact_id(phone)
    withdrawn = app.ledger.execute(OptOut(contact_id, actor(app, by), phone)).result()
    click.echo(
        f"Opted out {display(phone)}; {counted(withdrawn, 'waiting delivery')} withdrawn.", err=True
    )


@contact.command("opt-in")
@click.argument("number")
@by_option
def opt_in_command(*, number: str, by: str | None) -> None:
    """Let NUMBER be texted again."""
    app = open_application()
    phone = _normalized(app, number)
    contact_id = app.ledger.identity.contact_id(phone)
    is_blocked = app.ledger.execute(OptIn(contact_id, actor(app, by), phone)).result()
    click.echo(f"Opted in {display(phone)}.", err=True)
    if is_blocked:
        click.echo(f"Note: {TWILIO_STILL_BLOCKS}", err=True)


@contact.command("forget")
@click.argument("number_or_id", metavar="NUMBER|ID")
@click.option("--yes", "is_certain", is_flag=True, help="Do not ask.")
@by_option
def forget_command(*, number_or_id: str, is_certain: bool, by: str | None) -> None:
    """Destroy the personal data of NUMBER, or of the contact with that id, for good."""
    app = open_caught_up()
    contact_id = _contact_id(app, number_or_id)
    check_forgettable(app.ledger.reader, contact_id)
    if not is_certain:
        _ask(app.status.opt_out_effect(contact_id))
    withdrawn = app.ledger.execute(ForgetContact(contact_id, actor(app, by))).result()
    click.echo(
        f"Forgot {contact_id}; {counted(withdrawn, 'waiting delivery')} withdrawn.", err=True
    )
    scrub(app)


@contact.command("forgotten")
@json_option
def forgotten_command(*, as_json: bool) -> None:
    """The ids of all contacts who are forgotten, for the day on which a backup is restored."""
    contact_ids = forgotten_contacts(open_application().ledger.reader)
    if as_json:
        print_json(contact_ids)
        return
    for contact_id in contact_ids:
        click.echo(contact_id)


def _ask(effect: OptOutEffect) -> None:
    """Ask on the terminal; end the program if the answer is no."""
    if not sys.stdin.isatty():
        raise click.UsageError("This cannot be undone; without a terminal, give --yes.")
    click.echo(
        "Number, name, merge fields and texts of this contact are destroyed, in every campaign. "
        f"This withdraws {counted(effect.withdrawn, 'waiting delivery')}; "
        f"{counted(effect.in_flight, 'text')} in flight may still arrive.",
        err=True,
    )
    click.confirm("This cannot be undone. Forget this contact?", abort=True, err=True)


def _contact_id(app: Application, number_or_id: str) -> str:
    if number_or_id.startswith(_ID_START):
        return number_or_id
    ledger = app.ledger
    return known_contact_id(ledger.reader, ledger.identity, _normalized(app, number_or_id))


def _normalized(app: Application, number: str) -> str:
    try:
        return normalize(number, app.settings.phone_region)
    except BadInput as error:
        raise BadInput(f"NUMBER cannot be used: {error}.") from error
