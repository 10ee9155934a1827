"""`delivery-ledger user …`: who may sign in to the pages, and as what.

Each command says whose accounts it used, as a demonstration has accounts of its own.
"""

import socket
from typing import Any

import click
from sqlalchemy.engine import make_url

from ledger.domain.vocabulary import Role
from ledger.errors import BadSetting, NotFound, Refused
from webapp.accounts import passwords
from webapp.accounts.account import Account
from webapp.accounts.factors import FactorCounts
from webapp.accounts.links import COMMAND_LIFETIME
from webapp.accounts.sessions import Session
from webapp.bootstrap import Application
from webapp.cli.common import actor, by_option, open_application, print_json, print_table
from webapp.documents import iso
from webapp.explain.numbers import counted
from webapp.explain.people_accounts import account_state
from webapp.explain.times import minute_text
from webapp.permissions import Permission

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
    account = _with_account(app, name)
    is_new = account is None
    if account is None:
        account = app.people.add(
            name, Role(role or Role.STAFF), _by(app, by), sees_numbers=sees_numbers
        )
    elif role or sees_numbers:
        raise Refused(
            f"{account.name} has an account already. Change its role with `user role`; `user add` "
            "without --role gives a new password."
        )
    app.people.set_password(account.user_id, password, _by(app, by))
    what = f"a new account, {_role_of(account)}" if is_new else "a new password"
    _say(app, f"{account.name} can sign in: {what}.")


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
    account = _with_account(app, name)
    if account is None and (is_new or not app.accounts.all()):
        account = app.people.add(
            name, Role(role or Role.STAFF), _by(app, by), sees_numbers=sees_numbers
        )
    elif account is not None and (role or sees_numbers):
        raise Refused(f"{account.name} has an account already; `user role` changes its role.")
    if account is None:
        try:
            account = app.accounts.known(name)
        except NotFound as error:
            raise NotFound(f"{error} For a new colleague, add --new.") from error
    origin = f"command on {socket.gethostname()}"
    token = app.people.new_link(
        account.user_id, _by(app, by), origin=origin, lifetime=COMMAND_LIFETIME
    )
    click.echo(f"{public_url}/sign-in/{token}")
    _say(app, f"The link signs in {account.name}.")


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_command(*, as_json: bool) -> None:
    """Show who has an account, with which role, and when each last signed in."""
    app = open_application(must_exist=True)
    accounts, factors = app.accounts.all(), app.accounts.factors.counts()
    nothing = FactorCounts(has_two_factor=False, passkeys=0)
    if as_json:
        print_json([_document(each, factors.get(each.user_id, nothing)) for each in accounts])
        return
    rows = [
        (
            each.name,
            _role_of(each),
            account_state(each),
            "yes" if each.has_password else "no",
            minute_text(each.signed_in_at) if each.signed_in_at else None,
        )
        for each in accounts
    ]
    print_table(("Name", "Role", "State", "Password", "Last sign-in (UTC)"), rows)
    _say(app, "")


@user.command("role")
@click.argument("name")
@click.argument("role", type=_ROLES)
@numbers_option
@by_option
def role_command(*, name: str, role: str, sees_numbers: bool, by: str | None) -> None:
    """Give NAME another role: viewer, staff, approver, auditor or admin."""
    app = open_application(must_exist=True)
    user_id = app.accounts.known_id_of(name)
    account = app.people.change_role(user_id, Role(role), _by(app, by), sees_numbers=sees_numbers)
    _say(app, f"{account.name} is {_role_of(account)}.")


@user.command("disable")
@click.argument("name")
@by_option
def disable_command(*, name: str, by: str | None) -> None:
    """Shut NAME out: end NAME's sessions, void the links, and take the password away."""
    app = open_application(must_exist=True)
    account = app.accounts.known(name)
    app.people.disable(account.user_id, _by(app, by))
    _say(app, f"{account.name} can no longer sign in.")


@user.command("enable")
@click.argument("name")
@by_option
def enable_command(*, name: str, by: str | None) -> None:
    """Let a disabled NAME be let in again, with a new password or a new link."""
    app = open_application(must_exist=True)
    account = app.accounts.known(name)
    app.people.enable(account.user_id, _by(app, by))
    _say(app, f"{account.name} is enabled. `user link` or `user add` lets {account.name} in.")


@user.command("remove")
@click.argument("name")
@by_option
def remove_command(*, name: str, by: str | None) -> None:
    """Remove NAME's account for good. What NAME did keeps the name."""
    app = open_application(must_exist=True)
    account = app.accounts.known(name)
    app.people.remove(account.user_id, _by(app, by))
    _say(app, f"{account.name} has no account any more.")


@user.command("sessions")
@click.argument("name")
@click.option("--end", "end", metavar="ID", help="End this session; “all” ends every one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@by_option
def sessions_command(*, name: str, end: str | None, as_json: bool, by: str | None) -> None:
    """Show where NAME is signed in, or end it."""
    app = open_application(must_exist=True)
    account = app.accounts.known(name)
    if end == "all":
        app.people.sign_out(account.user_id, _by(app, by))
        _say(app, f"{account.name} is signed out everywhere.")
    elif end is not None:
        app.people.end_session(account.user_id, end, _by(app, by))
        _say(app, f"The session {end} of {account.name} has ended.")
    else:
        _show_sessions(app, app.accounts.sessions.of(account.user_id), as_json=as_json)


@user.command("sign-out")
@click.argument("name")
@by_option
def sign_out_command(*, name: str, by: str | None) -> None:
    """Sign NAME out everywhere, and void NAME's links."""
    app = open_application(must_exist=True)
    account = app.accounts.known(name)
    app.people.sign_out(account.user_id, _by(app, by))
    _say(app, f"{account.name} is signed out everywhere.")


@user.command("reset-factors")
@click.argument("name")
@by_option
def reset_factors_command(*, name: str, by: str | None) -> None:
    """End NAME's passkeys and two-factor sign-in, as after a lost phone, and sign NAME out."""
    app = open_application(must_exist=True)
    account = app.accounts.known(name)
    app.factors.reset(account.user_id, _by(app, by))
    _say(
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
        _say(app, f"{removed}: everybody can try again at once.")
        return
    _say(
        app,
        f"{removed} for {app.accounts.known(name).name}. A limit of an address, for all names, "
        "still counts; `user unlock` without a name removes it.",
    )


def _show_sessions(app: Application, sessions: list[Session], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "id": each.session_id,
                    "started_at": iso(each.started_at),
                    "ends_at": iso(each.ends_at),
                    "address": each.origin.address or None,
                    "browser": each.origin.browser or None,
                }
                for each in sessions
            ]
        )
        return
    rows = [
        (
            each.session_id,
            minute_text(each.started_at) if each.started_at else None,
            minute_text(each.ends_at),
            each.origin.address or None,
            each.origin.browser or None,
        )
        for each in sessions
    ]
    print_table(("Session", "Since (UTC)", "Until (UTC)", "Address", "Browser"), rows)
    _say(app, "")


def _with_account(app: Application, name: str) -> Account | None:
    account = app.accounts.with_name(name)
    return account if account and account.access else None


def _document(account: Account, factors: FactorCounts) -> dict[str, Any]:
    return {
        "name": account.name,
        "password": account.has_password,
        "two_factor": factors.has_two_factor,
        "passkeys": factors.passkeys,
        "role": account.access and account.access.role,
        "numbers": account.access is not None and account.access.may(Permission.SEE_NUMBERS),
        "state": account_state(account),
        "last_sign_in": iso(account.signed_in_at),
    }


def _role_of(account: Account) -> str:
    return account.access.role if account.access else ""


def _by(app: Application, by: str | None) -> str:
    return actor(app, by, Permission.MANAGE_PEOPLE)


def _say(app: Application, sentence: str) -> None:
    """Say on stderr what was done, and in which database."""
    url = make_url(app.settings.databases.accounts_url)
    is_file = url.drivername.startswith("sqlite")
    place = url.database if is_file else url.render_as_string(hide_password=True)
    click.echo(f"{sentence} These are the accounts in {place}.".strip(), err=True)
