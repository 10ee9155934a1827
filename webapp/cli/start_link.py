"""The sign-in link that a server makes at its start, while nobody has a password."""

import socket
import sys

import click

from ledger import atomic_file
from ledger.domain.vocabulary import Role
from webapp.accounts.links import START_LIFETIME
from webapp.bootstrap import Application
from webapp.cli.common import login_name
from webapp.cli.ledger_option import named


def offer_link(app: Application, url: str) -> None:
    """Make a link for the user of the shell, who becomes an admin; only a terminal shows it.

    A user whose account is disabled gets none. Elsewhere the output is kept, as in the system's
    journal, where others can read it. Then the link is in a file that only the user of this
    process can read.
    """
    user_id = app.accounts.id_of(login_name())
    account = app.accounts.with_id(user_id)
    if account is None or account.access is None:
        account = app.people.admit(user_id, Role.ADMIN, user_id)
    if account.is_disabled:
        click.echo(f"No sign-in link was made: {account.name} is disabled.", err=True)
        return
    origin = f"start on {socket.gethostname()}"
    token = app.accounts.links.new(user_id, origin=origin, lifetime=START_LIFETIME)
    link = f"{url}/sign-in/{token}"
    if sys.stdout.isatty():
        click.echo(f"Sign in, once and within an hour, with {link}")
        return
    file = app.settings.databases.file("sign_in_link")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file.replacing(file) as content:
            content.write(f"{link}\n".encode())
    except OSError as error:
        click.echo(
            f"No sign-in link was made: {file} cannot be written ({error.strerror}). "
            + named("`delivery-ledger user link NAME` makes one."),
            err=True,
        )
        return
    click.echo(f"The link in {file} signs you in, once and within an hour.")
