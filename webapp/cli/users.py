"""`delivery-ledger user …`: who may sign in to the pages, and as what."""

import socket

import click

from ledger.domain.vocabulary import Role
from ledger.errors import BadSetting, NotFound, Refused
from webapp.accounts import passwords
from webapp.accounts.account import Account
from webapp.accounts.links import COMMAND_LIFETIME
from webapp.bootstrap import Application
from webapp.cli.common import by_option, open_application
from webapp.cli.user_acts import (
    disable_command,
    enable_command,
    manager,
    offices_command,
    remove_command,
    role_of,
    say,
    sign_out_command,
)
from webapp.cli.user_lists import list_command, sessions_command
from webapp.explain.numbers import counted

_ROLES = click.Choice([role.value for role in Role])
role_option = click.option(
    "--role", type=_ROLES, help="What NAME may do; without it staff. The first account is an admin."
)
numbers_option = click.option(
    "--numbers", "sees_numbers", is_flag=True, help="A viewer sees phone numbers too."
)


@click.group()
def user() -> None:
    """Let staff sign in to the pages, and say what they may do there."""


for _command in (
    *(list_command, sessions_command),
    *(disable_command, enable_command, remove_command, sign_out_command),
    offices_command,
):
    user.add_command(_command)


@user.command("add")
@click.argument("name")
@role_option
@numbers_option
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
@by_option
def add_command(
    *, name: str, role: str | None, sees_numbers: bool, password: str, by: str | None
) -> None:
    """Give NAME an account with a password; or a new password, where NAME has an account."""
    app = open_application()
    passwords.check(password)
    before = _account_that_keeps_its_role(app, name, role, sees_numbers=sees_numbers)
    account = before or _added(app, name, role, by, sees_numbers=sees_numbers)
    app.people.set_password(account.user_id, password, manager(app, by))
    what = "a new password" if before else f"a new account, {role_of(account)}"
    say(app, f"{account.name} can sign in: {what}.")


@user.command("link")
@click.argument("name")
@click.option("--new", "is_new", is_flag=True, help="NAME is a new colleague without an account.")
@role_option
@numbers_option
@by_option
def link_command(
    *, name: str, is_new: bool, role: str | None, sees_numbers: bool, by: str | None
) -> None:
    """Print a link that signs NAME in, once, within a day."""
    app = open_application()
    public_url = app.settings.shown_public_url
    if public_url is None:
        raise BadSetting("Set LEDGER_PUBLIC_URL to the address of the pages; the link begins so.")
    account = _account_that_keeps_its_role(app, name, role, sees_numbers=sees_numbers)
    if account is None and (is_new or not app.accounts.all()):
        account = _added(app, name, role, by, sees_numbers=sees_numbers)
    if account is None:
        account = _known_or_new(app, name)
    origin = f"command on {socket.gethostname()}"
    token = app.people.new_link(
        account.user_id, manager(app, by), origin=origin, lifetime=COMMAND_LIFETIME
    )
    click.echo(f"{public_url}/sign-in/{token}")
    say(app, f"The link signs in {account.name}.")


@user.command("role")
@click.argument("name")
@click.argument("role", type=_ROLES)
@numbers_option
@by_option
def role_command(*, name: str, role: str, sees_numbers: bool, by: str | None) -> None:
    """Give NAME another role: viewer, staff, approver, auditor or admin."""
    app = open_application(must_exist=True)
    user_id = app.accounts.known_id_of(name)
    account = app.people.change_role(
        user_id, Role(role), manager(app, by), sees_numbers=sees_numbers
    )
    say(app, f"{account.name} is {role_of(account)}.")


@user.command("reset-factors")
@click.argument("name")
@by_option
def reset_factors_command(*, name: str, by: str | None) -> None:
    """End NAME's passkeys and two-factor sign-in, as after a lost phone, and sign NAME out."""
    app = open_application(must_exist=True)
    account = app.accounts.known(name)
    app.factors.reset(account.user_id, manager(app, by))
    say(
        app,
        f"{account.name} has no passkey and no two-factor sign-in any more, and is signed out "
        f"everywhere. `user link` lets {account.name} in.",
    )


@user.command("unlock")
@click.argument("name", required=False)
def unlock_command(*, name: str | None) -> None:
    """Forget wrong passwords with NAME, or all of them, so that nobody has to wait."""
    app = open_application(must_exist=True)
    counts = app.accounts.unlock(name)
    removed = f"{counted(counts, 'count')} of wrong passwords removed"
    if name is None:
        say(app, f"{removed}: everybody can try again at once.")
        return
    say(
        app,
        f"{removed} for {app.accounts.known(name).name}. A limit of an address, for all names, "
        "still counts; `user unlock` without a name removes it.",
    )


def _account_that_keeps_its_role(
    app: Application, name: str, role: str | None, *, sees_numbers: bool
) -> Account | None:
    """Return the account of this name, if any. Raises `Refused` where it is to get a role."""
    account = app.accounts.with_name(name)
    if account is None or account.access is None:
        return None
    if role or sees_numbers:
        raise Refused(f"{account.name} has an account already; `user role` changes its role.")
    return account


def _added(
    app: Application, name: str, role: str | None, by: str | None, *, sees_numbers: bool
) -> Account:
    return app.people.add(
        name, Role(role or Role.STAFF), manager(app, by), sees_numbers=sees_numbers
    )


def _known_or_new(app: Application, name: str) -> Account:
    try:
        return app.accounts.known(name)
    except NotFound as error:
        raise NotFound(f"{error} For a new colleague, add --new.") from error
