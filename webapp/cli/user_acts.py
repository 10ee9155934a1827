"""`delivery-ledger user disable | enable | remove | sign-out`: acts on one account.

Each command says whose accounts it used, as a demonstration has accounts of its own.
"""

from collections.abc import Callable

import click
from sqlalchemy.engine import make_url

from webapp.accounts.account import Account
from webapp.acts import MANAGE_PEOPLE
from webapp.bootstrap import Application
from webapp.cli.common import actor, by_option, open_application
from webapp.explain.people_accounts import revoked_permalinks
from webapp.people import People

Act = Callable[[People, str, str], int | None]
"""What is done to an account, by its id and the id of who does it. Returns how many permalinks were
revoked, if it revokes any."""


def _act(name: str, act: Act, done: str, description: str) -> click.Command:
    """Make the command that does `act`; `done` says so afterwards, with the name in it."""

    @click.command(name=name, help=description)
    @click.argument("name")
    @by_option
    def run(*, name: str, by: str | None) -> None:
        app = open_application(must_exist=True)
        account = app.accounts.known(name)
        revoked = act(app.people, account.user_id, manager(app, by))
        say(app, f"{done.format(name=account.name)} {revoked_permalinks(revoked or 0)}".strip())

    return run


disable_command = _act(
    "disable",
    lambda people, user_id, by: people.disable(user_id, by),
    "{name} can no longer sign in.",
    "Shut NAME out: end NAME's sessions, void the links, take the password away, and revoke the "
    "permalinks that NAME made.",
)
enable_command = _act(
    "enable",
    lambda people, user_id, by: people.enable(user_id, by),
    "{name} is enabled. `user link` or `user add` lets {name} in.",
    "Let a disabled NAME be let in again, with a new password or a new link.",
)
remove_command = _act(
    "remove",
    lambda people, user_id, by: people.remove(user_id, by),
    "{name} has no account any more.",
    "Remove NAME's account for good, and revoke the permalinks that NAME made. What NAME did keeps "
    "the name.",
)
sign_out_command = _act(
    "sign-out",
    lambda people, user_id, by: people.sign_out(user_id, by),
    "{name} is signed out everywhere.",
    "Sign NAME out everywhere, and void NAME's links.",
)


@click.command(name="offices")
@click.argument("name")
@click.argument("offices", metavar="[OFFICE]...", nargs=-1)
@by_option
def offices_command(*, name: str, offices: tuple[str, ...], by: str | None) -> None:
    """Let NAME see only the campaigns of these offices; without any OFFICE, those of all."""
    app = open_application(must_exist=True)
    account, known = app.accounts.known(name), app.offices
    chosen = [known.named(each).office_id for each in offices]
    app.people.set_offices(account.user_id, chosen, manager(app, by))
    names = ", ".join(known.office(each).name for each in chosen)
    say(app, f"{account.name} sees {f'only the campaigns of {names}' if names else 'all offices'}.")


def manager(app: Application, by: str | None) -> str:
    """Return the id of who changes people. Raises `Refused` for an account that may not."""
    return actor(app, by, MANAGE_PEOPLE)


def role_of(account: Account) -> str:
    """Return the role; blank for a name without an account."""
    return account.access.role if account.access else ""


def say(app: Application, sentence: str) -> None:
    """Say on stderr what was done, and in which database."""
    url = make_url(app.settings.databases.accounts_url)
    is_file = url.drivername.startswith("sqlite")
    place = url.database if is_file else url.render_as_string(hide_password=True)
    click.echo(f"{sentence} These are the accounts in {place}.".strip(), err=True)
