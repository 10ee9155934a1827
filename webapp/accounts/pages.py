"""Pages that Flask-Security does not have: signing in by a link, and signing out everywhere."""

from flask import (
    Blueprint,
    current_app,
    redirect,
    render_template,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user, login_user, logout_user

from ledger.errors import CommitUnconfirmed, StoreUnavailable
from webapp.accounts.accounts import Accounts
from webapp.accounts.own_account import add_own_account
from webapp.accounts.staff import StaffDatastore, StaffMember
from webapp.permissions import Permission, needs


def account_pages(accounts: Accounts, staff: StaffDatastore) -> Blueprint:
    """Return the blueprint `accounts`; only sign-in links are open to people not signed in."""
    pages = Blueprint("accounts", __name__)

    def owner_of(token: str) -> StaffMember | None:
        user_id = accounts.links.owner_of(token)  # a wrong token takes no lock
        return staff.find_user(user_id=user_id) if user_id else None

    @pages.get("/sign-in/<token>")
    def link(token: str) -> ResponseReturnValue:
        """Ask before the link is used: programs that preview messages open links, too."""
        member = owner_of(token)
        if member is None:
            staff.count_wrong_link()
            return _gone()
        return render_template("accounts/link.html", name=member.username, token=token)

    @pages.post("/sign-in/<token>")
    def use_link(token: str) -> ResponseReturnValue:
        """Sign the owner of the link in."""
        member = owner_of(token)  # as before the link is used
        if member is None:
            staff.count_wrong_link()
            return _gone()
        end_session(staff)
        if accounts.links.redeem(token) is None:  # used or voided meanwhile
            return _gone()
        logout_user()
        session.clear()  # a session from before the sign-in may be known to others
        login_user(member)
        return redirect(url_for(current_app.config["SECURITY_POST_LOGIN_VIEW"]))

    @pages.post("/account/sign-out-everywhere")
    @needs(Permission.OWN_ACCOUNT)
    def sign_out_everywhere() -> ResponseReturnValue:
        accounts.sign_out_everywhere(current_user.user_id)
        return redirect(url_for("security.login"))

    add_own_account(pages, accounts)
    return pages


def end_session(staff: StaffDatastore) -> None:
    """End the session of the person who is signed in, if any, before the browser forgets it.

    Raises `StoreUnavailable`; the browser then still has what it takes to do it again.
    """
    if not current_user.is_authenticated:
        return
    try:
        staff.end_session(current_user)
    except CommitUnconfirmed:
        raise
    except StoreUnavailable as error:
        raise StoreUnavailable(f"You are still signed in; sign out again. {error}") from error


def _gone() -> tuple[str, int]:
    return render_template("accounts/link_gone.html"), 410
