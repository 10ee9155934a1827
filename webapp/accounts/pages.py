"""The pages that Flask-Security has not: signing in by a link, and signing out everywhere."""

from flask import (
    Blueprint,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user, login_user

from webapp.accounts.accounts import Accounts


def account_pages(accounts: Accounts) -> Blueprint:
    """The blueprint `accounts`; a link is open to whoever has it, the rest to the signed in."""
    pages = Blueprint("accounts", __name__)
    pages.after_request(_keep_secret)

    @pages.get("/sign-in/<token>")
    def link(token: str) -> ResponseReturnValue:
        """Sign its owner in; a browser that only fetches ahead does not use it up."""
        if request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", ""):
            return "", 204
        user_id = accounts.redeem(token)
        if user_id is None:
            return _gone()
        session.clear()  # nothing of before the sign-in, known to others perhaps, is good after it
        login_user(current_app.extensions["security"].datastore.find_user(user_id=user_id))
        return redirect(current_app.config["SECURITY_POST_LOGIN_VIEW"])

    @pages.post("/account/sign-out-everywhere")
    def sign_out_everywhere() -> ResponseReturnValue:
        accounts.sign_out_everywhere(current_user.user_id)
        return redirect(url_for("security.login"))

    return pages


def _gone() -> tuple[str, int]:
    return render_template("accounts/link_gone.html"), 410


def _keep_secret(response: Response) -> Response:
    """The address is a key: it is not kept, and not told to any other site."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
