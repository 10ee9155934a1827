"""`delivery-ledger contact hold | release-hold | holds`: keeping contacts from being forgotten."""

from collections.abc import Mapping, Sequence

import click

from ledger.commands.legal_holds import PlaceLegalHold, ReleaseLegalHold
from ledger.errors import EventProblemFound
from projections.names import Person
from webapp.acts import HOLD
from webapp.campaign_legal_holds import CampaignLegalHold
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_application,
    open_caught_up,
    print_json,
    print_table,
)
from webapp.cli.contact_ids import seen_contact_id_of
from webapp.explain.people import name_of, number_of
from webapp.explain.times import minute_text
from webapp.legal_holds import LegalHold, all_legal_holds, legal_hold_document

reason_option = click.option(
    "--reason", required=True, help="Why the data must be kept, such as the case."
)
number_option = click.option(
    "--hold",
    "number",
    type=click.IntRange(min=1),
    metavar="N",
    help="Which legal hold; default: the only one in force.",
)


HOLD_HEADINGS = ("Hold", "Placed", "By", "Reason")


def hold_cells(hold: LegalHold | CampaignLegalHold) -> tuple[object, ...]:
    """Return the cells of a legal hold below `HOLD_HEADINGS`."""
    return hold.number, minute_text(hold.placed_at), hold.by, " ".join(hold.reason.split())


@click.command("hold")
@click.argument("number_or_id", metavar="NUMBER|ID")
@reason_option
@by_option
def hold_command(*, number_or_id: str, reason: str, by: str | None) -> None:
    """Place a legal hold: NUMBER, or the contact with that id, cannot be forgotten."""
    app = open_application()
    contact_id = seen_contact_id_of(app, number_or_id, by)
    number = app.ledger.execute(PlaceLegalHold(contact_id, reason, actor(app, by, HOLD))).result()
    click.echo(
        f"Placed legal hold {number}: {contact_id} cannot be forgotten until it is released.",
        err=True,
    )


@click.command("release-hold")
@click.argument("number_or_id", metavar="NUMBER|ID")
@number_option
@by_option
def release_hold_command(*, number_or_id: str, number: int | None, by: str | None) -> None:
    """End a legal hold on NUMBER, or on the contact with that id."""
    app = open_application()
    contact_id = seen_contact_id_of(app, number_or_id, by)
    number = app.ledger.execute(ReleaseLegalHold(contact_id, actor(app, by, HOLD), number)).result()
    click.echo(f"Released legal hold {number} of {contact_id}.", err=True)


@click.command("holds")
@json_option
def holds_command(*, as_json: bool) -> None:
    """The legal holds in force, with reason, in the order of placing."""
    app = open_caught_up()
    in_force = all_legal_holds(app)
    people = app.names.people({hold.contact_id for hold in in_force.holds})
    if as_json:
        print_json([legal_hold_document(hold, people[hold.contact_id]) for hold in in_force.holds])
    else:
        _print(in_force.holds, people)
    if in_force.problem:
        raise EventProblemFound(in_force.problem)


def _print(holds: Sequence[LegalHold], people: Mapping[str, Person]) -> None:
    print_table(
        ("Contact", "Number", *HOLD_HEADINGS),
        [
            (
                name_of(people[hold.contact_id]),
                number_of(people[hold.contact_id]),
                *hold_cells(hold),
            )
            for hold in holds
        ],
    )
