"""`delivery-ledger contact …`: acts on a number, in all of its campaigns."""

import click

from ledger.commands.consent import RecordConsent
from ledger.commands.contacts import TWILIO_STILL_BLOCKS, DismissPossibleOptOut, OptIn, OptOut
from ledger.domain.local_times import parse_moment
from ledger.errors import BadInput
from ledger.messages.phone_numbers import display
from webapp.acts import CHANGE_CONTACT
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_application,
    open_caught_up,
    print_json,
    print_table,
    sealed_reason_option,
)
from webapp.cli.contact_ids import normalized, seen_contact_id_of, told_withdrawn
from webapp.cli.contact_show import show_command
from webapp.cli.forgetting import forget_command, forgotten_command
from webapp.cli.ledger_option import named
from webapp.cli.legal_holds import hold_command, holds_command, release_hold_command
from webapp.cli.opt_outs import import_opt_outs_command, opt_outs_command
from webapp.cli.person_file import file_command
from webapp.documents import possible_opt_out_document
from webapp.explain.numbers import counted
from webapp.explain.opt_outs import MEANS_LABELS
from webapp.explain.people import name_of, number_of
from webapp.explain.times import day_text, minute_text

_MEANS = {means.value: means for means in MEANS_LABELS}


@click.group()
def contact() -> None:
    """Look at contacts, opt them out or in, decide on possible opt-outs, forget, or keep data."""


contact.add_command(opt_outs_command)
contact.add_command(import_opt_outs_command)
contact.add_command(forget_command)
contact.add_command(forgotten_command)
contact.add_command(hold_command)
contact.add_command(release_hold_command)
contact.add_command(holds_command)
contact.add_command(file_command)
contact.add_command(show_command)


@contact.command("opt-out")
@click.argument("number")
@click.option("--source", type=click.Choice([*_MEANS]), help="How the person asked.")
@click.option("--received-at", metavar="TIME", help="When the person asked, in ISO 8601.")
@sealed_reason_option
@by_option
def opt_out_command(
    *,
    number: str,
    source: str | None,
    received_at: str | None,
    reason: str | None,
    by: str | None,
) -> None:
    """Send nothing more to NUMBER."""
    app = open_application()
    phone = normalized(app, number)
    contact_id = app.ledger.identity.contact_id(phone)
    command = OptOut(
        contact_id,
        actor(app, by, CHANGE_CONTACT),
        phone,
        means=_MEANS[source] if source else None,
        received_at=parse_moment(received_at, app.settings.time_zone),
        reason=reason,
    )
    withdrawn = told_withdrawn(app, contact_id, app.ledger.execute(command).result(), by)
    click.echo(
        f"Opted out {display(phone)}; {counted(withdrawn, 'waiting delivery')} withdrawn.", err=True
    )


@contact.command("opt-in")
@click.argument("number")
@sealed_reason_option
@by_option
def opt_in_command(*, number: str, reason: str | None, by: str | None) -> None:
    """Let NUMBER be texted again."""
    app = open_application()
    phone = normalized(app, number)
    contact_id = app.ledger.identity.contact_id(phone)
    command = OptIn(contact_id, actor(app, by, CHANGE_CONTACT), phone, reason=reason)
    is_blocked = app.ledger.execute(command).result()
    click.echo(f"Opted in {display(phone)}.", err=True)
    if is_blocked:
        click.echo(f"Note: {TWILIO_STILL_BLOCKS}", err=True)


@contact.command("consent")
@click.argument("number")
@click.option("--source", required=True, help="How the person gave it, in your own words.")
@click.option("--given-at", required=True, metavar="TIME", help="When, in ISO 8601.")
@by_option
def consent_command(*, number: str, source: str, given_at: str, by: str | None) -> None:
    """Record that the person with NUMBER agreed to get texts."""
    app = open_application()
    phone = normalized(app, number)
    moment = parse_moment(given_at, app.settings.time_zone)
    if moment is None:
        raise BadInput("Say when the consent was given, with --given-at.")
    command = RecordConsent(
        contact_id=app.ledger.identity.contact_id(phone),
        phone=phone,
        source=source,
        given_at=moment,
        by=actor(app, by, CHANGE_CONTACT),
    )
    app.ledger.execute(command).result()
    click.echo(f"Recorded the consent of {display(phone)}.", err=True)


@contact.command("possible-opt-outs")
@json_option
def possible_opt_outs_command(*, as_json: bool) -> None:
    """The texts that may ask for an opt-out and wait for a decision, the oldest first."""
    texts = open_caught_up().possible_opt_outs.waiting()
    if as_json:
        print_json([possible_opt_out_document(text) for text in texts])
        return
    print_table(
        ("Contact", "Number", "Received", "Decide by", "Message", "Text"),
        [
            (
                name_of(text),
                number_of(text),
                minute_text(text.received_at),
                day_text(text.due_on),
                text.message_sid,
                " ".join(text.text.split()),
            )
            for text in texts
        ],
    )


@contact.command("dismiss-opt-out")
@click.argument("number_or_id", metavar="NUMBER|ID")
@click.option("--message", "sid", metavar="SID", help="Only this text; default: all that wait.")
@by_option
def dismiss_opt_out_command(*, number_or_id: str, sid: str | None, by: str | None) -> None:
    """Record that texts of NUMBER, or of the contact with that id, ask for no opt-out."""
    app = open_application()
    contact_id = seen_contact_id_of(app, number_or_id, by)
    command = DismissPossibleOptOut(contact_id, actor(app, by, CHANGE_CONTACT), sid)
    count = app.ledger.execute(command).result()
    click.echo(
        f"Dismissed {counted(count, 'text')} of {contact_id}. To undo that, opt the number out "
        + named("with `delivery-ledger contact opt-out NUMBER`."),
        err=True,
    )
