"""`delivery-ledger user list | sessions`: who has an account, and where somebody is signed in."""

import click

from webapp.accounts.sessions import Session
from webapp.bootstrap import Application
from webapp.cli.common import by_option, json_option, open_application, print_json, print_table
from webapp.cli.user_acts import manager, role_of, say
from webapp.explain.people_accounts import account_state
from webapp.explain.times import minute_text
from webapp.people_documents import NO_FACTORS, account_document, session_document


@click.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """Show who has an account, with which role, and when each last signed in."""
    app = open_application(must_exist=True)
    accounts, factors = app.accounts.all(), app.accounts.factors.counts()
    if as_json:
        print_json(
            [account_document(each, factors.get(each.user_id, NO_FACTORS)) for each in accounts]
        )
        return
    rows = [
        (
            each.name,
            role_of(each),
            account_state(each),
            "yes" if each.has_password else "no",
            minute_text(each.signed_in_at) if each.signed_in_at else None,
        )
        for each in accounts
    ]
    print_table(("Name", "Role", "State", "Password", "Last sign-in (UTC)"), rows)
    say(app, "")


@click.command("sessions")
@click.argument("name")
@click.option("--end", "end", metavar="ID", help="End this session; “all” ends every one.")
@json_option
@by_option
def sessions_command(*, name: str, end: str | None, as_json: bool, by: str | None) -> None:
    """Show where NAME is signed in, or end it."""
    app = open_application(must_exist=True)
    account = app.accounts.known(name)
    if end is None:
        if by is not None:
            manager(app, by)
        _show_sessions(app, app.accounts.sessions.of(account.user_id), as_json=as_json)
    elif end == "all":
        app.people.sign_out(account.user_id, manager(app, by))
        say(app, f"{account.name} is signed out everywhere.")
    else:
        app.people.end_session(account.user_id, end, manager(app, by))
        say(app, f"The session {end} of {account.name} has ended.")


def _show_sessions(app: Application, sessions: list[Session], *, as_json: bool) -> None:
    if as_json:
        print_json([session_document(each) for each in sessions])
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
    say(app, "")
