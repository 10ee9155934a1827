"""`delivery-ledger ledger add | list | move | remove`: the ledgers of this installation."""

import os
import pkgutil
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

import click
from sqlalchemy.engine import make_url

from ledger.clock import SystemClock
from ledger.errors import BadSetting
from webapp.bootstrap import build
from webapp.cli.common import json_option, print_json, print_table, progress
from webapp.explain.numbers import counted
from webapp.ledgers.directory import Directory, directory_in
from webapp.settings import DIRECTORY, Settings

if TYPE_CHECKING:
    from webapp.ledgers.move_run import Moved

_MOVE = "webapp.ledgers.moving:move"
_CANCEL = "webapp.ledgers.moving:cancel"
"""Imported only for a move, which needs nearly all of the program."""


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


@ledger.command("move")
@click.argument("name")
@click.argument("settings", type=click.File("rb"), required=False)
@click.option("--cancel", "is_cancelled", is_flag=True, help="Use it where it is again.")
def move_command(*, name: str, settings: IO[bytes] | None, is_cancelled: bool) -> None:
    """Move the ledger NAME to the database that the TOML file SETTINGS names ("-": standard input).

    It is copied while it is in use, verified and switched. The old database is closed for good. A
    move that was interrupted continues when it is run again.
    """
    if is_cancelled == (settings is not None):
        raise click.UsageError("Give either SETTINGS or --cancel.")
    directory = _directory()
    if settings is None:
        pkgutil.resolve_name(_CANCEL)(directory, name)
        click.echo(f"{name} is used where it is again.", err=True)
        return
    clock = SystemClock()
    moved = pkgutil.resolve_name(_MOVE)(
        directory, name, settings.read(), clock=clock, show=progress
    )
    click.echo(_moved_words(name, moved, clock.now()), err=True)


def _moved_words(name: str, moved: "Moved | None", now: datetime) -> str:
    if moved is None:
        return f"{name} has these settings already; there is nothing to move."
    refused = ""
    if moved.closed_at is not None:
        seconds = (now - moved.closed_at).total_seconds()
        refused = (
            f" Callbacks have been answered 503 for {seconds:.1f} seconds, and are until then."
        )
    return (
        f"Moved {name} with {counted(moved.event_count, 'event')} to {moved.new_place}. Restart "
        f"processes that were started with --ledger {name} now.{refused} {moved.old_place} takes "
        "nothing any more. It still has the "
        "keys of contacts who are forgotten from now on: delete it once the new database is in a "
        "backup."
    )


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
