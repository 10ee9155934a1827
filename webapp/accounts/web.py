"""Sign-in for the web app: Flask-Security with unused features off, and CSRF checks.

Who may open which page is checked in `webapp.accounts.guard`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    make_response,
    render_template,
    request,
    url_for,
)
from flask_login import user_logged_in
from flask_security import Security
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response

from ledger.domain.vocabulary import SignInMeans
from webapp.accounts import passwords
from webapp.accounts.accounts import Accounts
from webapp.accounts.client_address import ClientNetworks, Network
from webapp.accounts.forms import (
    NOT_PRESENT,
    PasswordForm,
    SignInForm,
    StaffPasswords,
    VerifyAgainForm,
)
from webapp.accounts.guard import FRESH_FOR, check_freshness, check_request, may_open
from webapp.accounts.pages import account_pages, end_session
from webapp.accounts.sessions import SIGNED_IN_FOR
from webapp.accounts.staff import StaffDatastore, StaffMember
from webapp.accounts.try_later import HashingBusy, TryLater, try_later_counts
from webapp.explain.numbers import duration

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_MEANS = {"security.login": SignInMeans.PASSWORD, "accounts.use_link": SignInMeans.LINK}
"""Endpoint → by what people sign in there; a changed password renews the session elsewhere."""


def init_accounts(
    app: Flask,
    accounts: Accounts,
    secret_key: str,
    *,
    is_https: bool,
    first_page: str,
    on_sign_in: Callable[[str, SignInMeans], None],
    proxies: Sequence[Network] = (),
    unguarded: Sequence[Blueprint] = (),
    admits: Callable[[], bool] = lambda: False,
) -> None:
    """Add sign-in, sign-out, passwords, sign-in links and CSRF checks to the app.

    `first_page` is the endpoint to which signing in leads.
    `on_sign_in` is called with the user id of everybody who signs in, and by what.
    `proxies` are believed about whom they forward.
    With `is_https` the browser sends the session cookie over https only. The `unguarded`
    blueprints have neither sign-in nor CSRF check: Twilio's callbacks, for example, are signed.
    `admits` says whether this request may be answered although nobody is signed in.
    """
    app.config.from_mapping(_session_settings(secret_key, is_https=is_https))
    app.config.from_mapping(_security_settings(first_page))
    app.before_request(lambda: check_request(unguarded, admits))  # before CSRF: no forgery yet
    csrf = CSRFProtect(app)
    app.before_request(lambda: check_freshness(unguarded))
    for blueprint in unguarded:
        csrf.exempt(blueprint)
    networks = ClientNetworks(proxies)
    staff = StaffDatastore(accounts, lambda: _client_address(networks))
    security = Security(
        app,
        staff,
        login_form=SignInForm,
        change_password_form=PasswordForm,
        verify_form=VerifyAgainForm,
        password_util_cls=StaffPasswords,
        render_template=_page,
    )
    security.pwd_context = accounts.hasher
    security.want_json(lambda _request: False)
    security.login_manager.request_loader(lambda _request: None)  # the session is the only way in
    app.register_blueprint(account_pages(accounts, staff))
    app.register_error_handler(TryLater, _try_later)
    app.jinja_env.globals.update(may_open=may_open, fresh_for=duration(FRESH_FOR.total_seconds()))
    _keep_sessions(app, staff, on_sign_in)


def _keep_sessions(
    app: Flask, staff: StaffDatastore, on_sign_in: Callable[[str, SignInMeans], None]
) -> None:
    """Start a session on the server with each sign-in, and end it with signing out."""

    def end() -> None:
        if request.endpoint == "security.logout" and request.method == "POST":
            end_session(staff)

    def start(_app: Flask, user: StaffMember) -> None:
        staff.start_session(user)
        staff.remember_address(user)
        means = _MEANS.get(request.endpoint or "")
        if means:
            staff.remember_device(user)
            on_sign_in(user.user_id, means)

    app.before_request(end)  # after CSRF, and before Flask-Security takes the cookie away
    user_logged_in.connect(start, app, weak=False)


def _client_address(networks: ClientNetworks) -> str:
    forwarded = request.headers.get("X-Forwarded-For", "")
    return networks.of(request.remote_addr, forwarded)


def _try_later(error: TryLater) -> Response:
    """Show why a password is not checked now; a 503 where too many wait, else a 429."""
    is_form = request.blueprint == "security"
    back = (
        url_for(request.endpoint or "", next=request.values.get("next") or None)
        if is_form
        else url_for(current_app.config["SECURITY_POST_LOGIN_VIEW"])
    )
    page = render_template("accounts/try_later.html", words=str(error), back=back)
    is_busy = isinstance(error, HashingBusy)
    try_later_counts(current_app)["busy" if is_busy else "waited"] += 1
    response = make_response(page, 503 if is_busy else 429)
    response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def may_ask(app: Flask, environ: "WSGIEnvironment") -> bool:
    """Return whether who asks may open the route that they ask for; it needs no body.

    False too where the accounts cannot be read.
    """
    environ.pop("HTTP_HOST", None)  # it may be unreadable, and plays no part here
    with app.request_context(environ):
        return may_open(request.endpoint or "")


def _session_settings(secret_key: str, *, is_https: bool) -> dict[str, Any]:
    return {
        "SECRET_KEY": secret_key,
        "PERMANENT_SESSION_LIFETIME": SIGNED_IN_FOR,  # also how long the cookie's signature holds
        "SESSION_COOKIE_NAME": "ledger_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_PROTECTION": None,  # it would bind a session to X-Forwarded-For
        "WTF_CSRF_TIME_LIMIT": None,  # a form may stay open as long as the session lasts
    }


def _security_settings(first_page: str) -> dict[str, Any]:
    settings = {
        "LOGIN_URL": "/sign-in",
        "LOGOUT_URL": "/sign-out",
        "POST_LOGIN_VIEW": first_page,
        "POST_LOGOUT_VIEW": "security.login",
        "CHANGEABLE": True,
        "CHANGE_URL": "/account/password",
        "SEND_PASSWORD_CHANGE_EMAIL": False,
        "USER_IDENTITY_ATTRIBUTES": [{"username": {"mapper": str, "case_insensitive": True}}],
        "API_ENABLED_METHODS": ["session"],
        "VERIFY_URL": "/account/verify",
        "FRESHNESS": FRESH_FOR,
        "RETURN_GENERIC_RESPONSES": True,  # do not reveal whether a name exists
        "STATIC_FOLDER": None,
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
        "PASSWORD_HASH": passwords.SCHEME,
        "PASSWORD_SCHEMES": [passwords.SCHEME],
        "PASSWORD_SINGLE_HASH": True,  # the command line hashes without the app's secrets
        "MSG_GENERIC_AUTHN_FAILED": ("The name or the password is not right.", "error"),
        "MSG_PASSWORD_NOT_PROVIDED": ("Write your present password.", "error"),
        "MSG_INVALID_PASSWORD": (NOT_PRESENT, "error"),
        "MSG_REAUTHENTICATION_SUCCESSFUL": ("Your password is right.", "success"),
        "MSG_PASSWORD_IS_THE_SAME": ("The new password is the same as the old one.", "error"),
        "MSG_PASSWORD_CHANGE": (
            "Your password is changed. You are signed out everywhere else.",
            "success",
        ),
    }
    return {f"SECURITY_{name}": value for name, value in settings.items()}


def _page(template: str, **context: Any) -> Any:
    """Render a page of Flask-Security; 422 after a POST, for then it shows a refused form."""
    page = render_template(template, **context)
    return (page, 422) if request.method == "POST" else page
