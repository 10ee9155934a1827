"""`delivery-ledger ledger add | list | remove`: the ledgers of this installation."""

import os
from typing import IO, Any

import click
from sqlalchemy.engine import make_url

from ledger.errors import BadSetting
from webapp.bootstrap import build
from webapp.cli.common import json_option, print_json, print_table
from webapp.ledgers.directory import Directory, directory_in
from webapp.settings import DIRECTORY, Settings


@click.group()
def ledger() -> None:
    """The ledgers of this installation: one for each district, for example."""


@ledger.command("add")
@click.argument("name")
@click.argument("settings", type=click.File("rb"))
def add_command(*, name: str, settings: IO[bytes]) -> None:
    """Add the ledger NAME, whose settings are in the TOML file SETTINGS ("-": standard input).

    Its database is opened first, and the ledger is created where the database is empty.
    """
    directory = _directory()
    directory.add(name, settings.read(), _open)
    click.echo(f"Added {name}. Its settings are kept in {directory.folder}.", err=True)


@ledger.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """Every ledger: its name, public address, database and account, or what is wrong with it."""
    directory = _directory()
    documents = [_document(directory, name) for name in directory.names()]
    if as_json:
        print_json(documents)
    else:
        names = ("name", "public_url", "database_url", "account_sid", "problem")
        headings = ("Ledger", "Public address", "Database", "Account", "Problem")
        print_table(headings, [[document[name] for name in names] for document in documents])


@ledger.command("remove")
@click.argument("name")
def remove_command(*, name: str) -> None:
    """Take the ledger NAME out of this installation; its database stays as it is."""
    kept = _directory().remove(name)
    click.echo(
        f"Removed {name}. Its database stays as it is. {kept} has its settings, with the keys "
        "without which nobody can read it: keep that file as long as the database.",
        err=True,
    )


def _directory() -> Directory:
    directory = directory_in(os.environ)
    if directory is None:
        raise BadSetting(f"Set {DIRECTORY} to a folder for the settings of each ledger.")
    return directory


def _open(settings: Settings) -> None:
    """Open the ledger once, which creates it in an empty database."""
    build(settings).close()


def _document(directory: Directory, name: str) -> dict[str, Any]:
    """Return a ledger as `ledger list --json` prints it."""
    document = dict.fromkeys(("public_url", "database_url", "account_sid", "problem"))
    try:
        settings = directory.look_at(name).settings
    except BadSetting as error:
        return {"name": name, **document, "problem": str(error)}
    database_url = make_url(settings.databases.ledger_url).render_as_string()
    return {
        "name": name,
        **document,
        "public_url": settings.shown_public_url,
        "database_url": database_url,
        "account_sid": settings.twilio.account_sid or None,
    }
