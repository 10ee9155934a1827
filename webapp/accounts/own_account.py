"""The account page: what somebody may do, their password, and where they are signed in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.accounts.accounts import Accounts
from webapp.permissions import Permission, needs


def add_own_account(pages: Blueprint, accounts: Accounts) -> None:
    """Add the routes of the account page to the blueprint of accounts."""

    @pages.get("/account")
    @needs(Permission.OWN_ACCOUNT)
    def show() -> str:
        """Show the account of the person who is signed in."""
        access = current_user.access
        return render_template(
            "accounts/show.html",
            access=access,
            permissions=[each for each in Permission if access.may(each)],
            is_linked=accounts.identities.is_linked(current_user.user_id),
            sessions=accounts.sessions.of(current_user.user_id, current_user.fs_uniquifier),
        )

    @pages.get("/account/two-factor/done")
    @needs(Permission.OWN_ACCOUNT)
    def after_two_factor() -> ResponseReturnValue:
        """Lead on after two-factor sign-in was turned on or off."""
        factors = current_user.factors
        if factors.two_factor and not factors.recovery_codes:
            return redirect(url_for("security.mf_recovery_codes"))
        return redirect(url_for("accounts.show"))

    @pages.post("/account/sessions/<session_id>/end")
    @needs(Permission.OWN_ACCOUNT)
    def end_session(session_id: str) -> ResponseReturnValue:
        """End one session of the person who is signed in."""
        accounts.sessions.end_one(current_user.user_id, session_id)
        flash("This session has ended.", "success")
        return redirect(url_for("accounts.show"), code=303)
