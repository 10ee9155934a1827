"""`delivery-ledger contact forget | forgotten`: destroying personal data; who was forgotten."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ledger.commands.forget import ForgetContact, check_forgettable, not_forgotten_since
from ledger.errors import BadInput, Refused
from projections.campaigns.opt_out_effect import OptOutEffect
from webapp.acts import FORGET
from webapp.audit.names import AuditNames
from webapp.audit.rows import AuditRows
from webapp.bootstrap import Application
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_caught_up,
    print_json,
    print_table,
    scope_of,
    scrub,
)
from webapp.cli.contact_ids import seen_contact_id_of
from webapp.cli.ledger_option import named
from webapp.contact_ids import contact_ids_of_person
from webapp.explain.numbers import counted
from webapp.explain.times import minute_text
from webapp.forgettings import (
    FORGETTINGS,
    Forgetting,
    forgetting_document,
    forgettings_of,
    read_forgettings,
)


@click.command("forget")
@click.argument("number_or_id", metavar="NUMBER|ID", required=False)
@click.option(
    "--listed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Forget again, after a restore, those in a list of `contact forgotten --details --json`.",
)
@click.option("--yes", "is_certain", is_flag=True, help="Do not ask.")
@by_option
def forget_command(
    *, number_or_id: str | None, listed: Path | None, is_certain: bool, by: str | None
) -> None:
    """Destroy the personal data of NUMBER, or of the contact with that id, for good."""
    if (number_or_id is None) == (listed is None):
        raise click.UsageError("Give either a NUMBER, or a list with --listed FILE.")
    app = open_caught_up()
    refusals: list[str] = []
    who, scope = actor(app, by, FORGET), scope_of(app, by)
    if listed:
        refusals = _forget_listed(app.within(scope), listed, is_certain=is_certain, by=who)
    else:
        contact_id = seen_contact_id_of(app, number_or_id or "", by)
        _forget_one(app.within(scope), contact_id, is_certain=is_certain, by=who)
    scrub(app)
    if app.scrubber.needs_rewrite:
        click.echo(
            named(
                "Note: PostgreSQL's files still hold deleted data. Run `delivery-ledger scrub` "
                "when few people work, because pages wait meanwhile."
            ),
            err=True,
        )
    if refusals:
        raise Refused("\n".join(refusals))


def _forget_one(app: Application, contact_id: str, *, is_certain: bool, by: str) -> None:
    contact_ids = contact_ids_of_person(app, contact_id)
    check_forgettable(app.ledger.reader, app.ledger.identity, contact_ids, app.scope)
    if not is_certain:
        _ask_about(app.status.opt_out_effect(contact_id))
    withdrawn = app.ledger.execute(ForgetContact(contact_id, by, app.scope)).result()
    click.echo(
        f"Forgot {contact_id}; {counted(withdrawn, 'waiting delivery')} withdrawn.", err=True
    )


def _forget_listed(app: Application, file: Path, *, is_certain: bool, by: str) -> list[str]:
    """Forget who is in the list and was not forgotten here since; return why others were not."""
    try:
        forgettings = read_forgettings(file.read_bytes())
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from error
    contact_ids = list(filter(app.sees, not_forgotten_since(app.ledger.reader, forgettings)))
    if contact_ids and not is_certain:
        contacts = counted(len(contact_ids), "contact of the list was", "contacts of the list were")
        _ask(f"{contacts} not forgotten in this ledger.")
    refusals = [refusal for each in contact_ids if (refusal := _refusal(app, each, by))]
    forgotten = counted(len(contact_ids) - len(refusals), "contact")
    click.echo(
        f"{counted(len(forgettings), 'forgetting')} listed: forgot {forgotten} again. The other "
        "forgettings are already recorded here, or nothing is stored about their contacts.",
        err=True,
    )
    return refusals


def _refusal(app: Application, contact_id: str, by: str) -> str | None:
    """Forget the contact; return why that was refused, if it was."""
    try:
        app.ledger.execute(ForgetContact(contact_id, by, app.scope)).result()
    except Refused as refusal:
        return f"{contact_id}: {refusal}"
    return None


def _ask_about(effect: OptOutEffect) -> None:
    _ask(
        "Number, name, merge fields and texts of this contact are destroyed, in every campaign. "
        f"This withdraws {counted(effect.withdrawn, 'waiting delivery')}; "
        f"{counted(effect.in_flight, 'text')} in flight may still arrive."
    )


def _ask(what: str) -> None:
    """Ask on the terminal; end the program if the answer is no."""
    if not sys.stdin.isatty():
        raise click.UsageError("This cannot be undone; without a terminal, give --yes.")
    click.echo(what, err=True)
    click.confirm("This cannot be undone. Forget?", abort=True, err=True)


@click.command("forgotten")
@click.option("--details", "with_details", is_flag=True, help="Each forgetting: when and by whom.")
@json_option
def forgotten_command(*, with_details: bool, as_json: bool) -> None:
    """The ids of the contacts of every forgetting that was ever recorded."""
    app = open_caught_up()
    reader = app.ledger.reader
    forgettings = forgettings_of(reader, AuditRows(AuditNames(app)), reader.search(FORGETTINGS))
    if with_details:
        _print_details(forgettings, as_json=as_json)
        return
    contact_ids = list(
        dict.fromkeys(each.row.contact_id for each in forgettings if each.row.contact_id)
    )
    if as_json:
        print_json(contact_ids)
        return
    for contact_id in contact_ids:
        click.echo(contact_id)


def _print_details(forgettings: Sequence[Forgetting], *, as_json: bool) -> None:
    if as_json:
        print_json([forgetting_document(forgetting) for forgetting in forgettings])
        return
    print_table(
        ("Contact", "Forgotten", "By", "Event", "Since then"),
        [
            (
                each.row.contact_id,
                minute_text(each.row.at) if each.row.at else each.row.summary,
                each.row.who,
                f"#{each.row.seq}",
                "stored again" if each.is_stored_again else "nothing stored",
            )
            for each in forgettings
        ],
    )
