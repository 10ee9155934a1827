"""`delivery-ledger office …`: the offices of the district."""

from collections.abc import Callable

import click

from ledger.commands.offices import ChangeOffices
from ledger.domain.events import OfficeEvent
from ledger.domain.offices import Offices
from webapp.acts import MANAGE_PEOPLE
from webapp.bootstrap import Application
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_application,
    print_json,
    print_table,
)


@click.group()
def office() -> None:
    """Offices, such as schools of one district: each sees its own campaigns and people."""


@office.command("add")
@click.argument("name")
@by_option
def add_command(*, name: str, by: str | None) -> None:
    """Add an office, and print its id."""
    app = open_application()
    who, office_id = actor(app, by, MANAGE_PEOPLE), app.ledger.identity.new_office_id()
    _change(app, lambda offices: offices.add(who, office_id, name))
    click.echo(office_id)


@office.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """Every office, also those that are closed."""
    offices = open_application().offices.offices.values()
    if as_json:
        print_json([{"id": o.office_id, "name": o.name, "closed": o.is_closed} for o in offices])
        return
    rows = [(o.office_id, o.name, "closed" if o.is_closed else "open") for o in offices]
    print_table(("Id", "Name", "State"), rows)


@office.command("rename")
@click.argument("office_name", metavar="OFFICE")
@click.argument("name")
@by_option
def rename_command(*, office_name: str, name: str, by: str | None) -> None:
    """Give OFFICE, an id or a name, another name."""
    app = open_application(must_exist=True)
    who, office_id = actor(app, by, MANAGE_PEOPLE), app.offices.named(office_name).office_id
    _change(app, lambda offices: offices.rename(who, office_id, name))
    click.echo(f"{office_id} is {app.offices.office(office_id).name} now.", err=True)


@office.command("close")
@click.argument("office_name", metavar="OFFICE")
@by_option
def close_command(*, office_name: str, by: str | None) -> None:
    """Launch nothing more into OFFICE; its people still see its campaigns."""
    app = open_application(must_exist=True)
    who, chosen = actor(app, by, MANAGE_PEOPLE), app.offices.named(office_name)
    _change(app, lambda offices: offices.close(who, chosen.office_id))
    click.echo(f"Closed {chosen.name}.", err=True)


def _change(app: Application, act: Callable[[Offices], OfficeEvent]) -> None:
    app.ledger.execute(ChangeOffices(act)).result()
