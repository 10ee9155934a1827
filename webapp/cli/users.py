"""`delivery-ledger user …`: who may sign in to the pages.

Each command says whose accounts it used, as a demonstration has accounts of its own.
"""

import socket

import click
from sqlalchemy.engine import make_url

from ledger.errors import BadSetting, NotFound
from webapp.accounts.links import COMMAND_LIFETIME
from webapp.bootstrap import Application
from webapp.cli.common import open_application, print_json, print_table
from webapp.explain.numbers import counted


@click.group()
def user() -> None:
    """Let staff sign in to the pages."""


@user.command("add")
@click.argument("name")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def add_command(*, name: str, password: str) -> None:
    """Give NAME a password, or a new one."""
    app = open_application()
    is_new = app.accounts.with_name(name) is None
    app.accounts.set_password(name, password)
    what = "a new account" if is_new else "a new password"
    _say(app, f"{_stored(app, name)} can sign in: {what}.")


@user.command("link")
@click.argument("name")
@click.option("--new", "is_new", is_flag=True, help="NAME is a new colleague without an account.")
def link_command(*, name: str, is_new: bool) -> None:
    """Print a link that signs NAME in, once, within a day."""
    app = open_application()
    public_url = app.settings.shown_public_url
    if public_url is None:
        raise BadSetting("Set LEDGER_PUBLIC_URL to the address of the pages; the link begins so.")
    user_id = _id_for_link(app, name, is_new=is_new)
    origin = f"command on {socket.gethostname()}"
    token = app.accounts.links.new(user_id, origin=origin, lifetime=COMMAND_LIFETIME)
    click.echo(f"{public_url}/sign-in/{token}")
    _say(app, f"The link signs in {app.accounts.name_of(user_id)}.")


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_command(*, as_json: bool) -> None:
    """Show whose names there are, and who has a password."""
    app = open_application(must_exist=True)
    accounts = app.accounts.all()
    if as_json:
        print_json([{"name": each.name, "password": each.has_password} for each in accounts])
        return
    rows = [(each.name, "yes" if each.has_password else "no") for each in accounts]
    print_table(("Name", "Password"), rows)
    _say(app, "")


@user.command("sign-out")
@click.argument("name")
def sign_out_command(*, name: str) -> None:
    """Sign NAME out everywhere, and void NAME's links."""
    app = open_application(must_exist=True)
    app.accounts.sign_out_everywhere(app.accounts.known_id_of(name))
    _say(app, f"{_stored(app, name)} is signed out everywhere.")


@user.command("disable")
@click.argument("name")
def disable_command(*, name: str) -> None:
    """Take NAME's password away, sign NAME out everywhere, and void NAME's links.

    A new password, or a new link, lets NAME in again.
    """
    app = open_application(must_exist=True)
    app.accounts.disable(app.accounts.known_id_of(name))
    _say(app, f"{_stored(app, name)} can no longer sign in.")


@user.command("unlock")
@click.argument("name", required=False)
def unlock_command(*, name: str | None) -> None:
    """Forget wrong passwords with NAME, or all of them, so that nobody has to wait."""
    app = open_application(must_exist=True)
    counts = app.accounts.unlock(name)
    removed = f"{counted(counts, 'count')} of wrong passwords removed"
    if name is None:
        _say(app, f"{removed}: everybody can try again at once.")
        return
    _say(
        app,
        f"{removed} for {_stored(app, name)}. A limit of an address, for all names, still counts; "
        "`user unlock` without a name removes it.",
    )


def _id_for_link(app: Application, name: str, *, is_new: bool) -> str:
    """Return the id for a name; the first account of all needs no `--new`."""
    if is_new or not app.accounts.all():
        return app.accounts.id_to_sign_in(name)
    try:
        return app.accounts.known_id_of(name)
    except NotFound as error:
        raise NotFound(f"{error} For a new colleague, add --new.") from error


def _stored(app: Application, name: str) -> str:
    """Return a name as the account has it."""
    account = app.accounts.with_name(name)
    return account.name if account else name


def _say(app: Application, sentence: str) -> None:
    """Say on stderr what was done, and in which database."""
    url = make_url(app.settings.databases.accounts_url)
    is_file = url.drivername.startswith("sqlite")
    place = url.database if is_file else url.render_as_string(hide_password=True)
    click.echo(f"{sentence} These are the accounts in {place}.".strip(), err=True)
