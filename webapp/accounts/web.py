"""Sign-in for the web app: Flask-Security with unused features off, and CSRF checks.

Who may open which page is checked in `webapp.accounts.guard`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

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
from flask_security import Security, Totp
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response

from ledger.domain.vocabulary import SignInMeans
from webapp.accounts import passwords
from webapp.accounts.accounts import Accounts
from webapp.accounts.client_address import ClientNetworks, Network
from webapp.accounts.forms import (
    NOT_PRESENT,
    PASSWORDS_OFF,
    PasswordForm,
    SignInForm,
    StaffPasswords,
    VerifyAgainForm,
)
from webapp.accounts.guard import FRESH_FOR, check_freshness, check_request, may_open
from webapp.accounts.pages import account_pages, end_session
from webapp.accounts.passkeys import (
    PasskeyForm,
    PublicWebauthn,
    init_passkeys,
    passkey_settings,
)
from webapp.accounts.sessions import SIGNED_IN_FOR
from webapp.accounts.staff import StaffDatastore, StaffMember
from webapp.accounts.try_later import HashingBusy, TryLater, try_later_counts
from webapp.accounts.two_factor import (
    CodeForm,
    RecoveryCodeForm,
    RescueForm,
    SetupForm,
    StaffRecoveryCodes,
    StaffTotp,
    show_secret_again,
    two_factor_settings,
)
from webapp.explain.numbers import duration
from webapp.sign_in_settings import TwoFactorPolicy

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from webapp.factors import FactorChanges

_MEANS = {
    "security.login": SignInMeans.PASSWORD,
    "security.two_factor_token_validation": SignInMeans.PASSWORD_AND_CODE,
    "security.mf_recovery": SignInMeans.PASSWORD_AND_RECOVERY_CODE,
    "security.wan_signin_response": SignInMeans.PASSKEY,
    "accounts.use_link": SignInMeans.LINK,
    "provider.back": SignInMeans.PROVIDER,
}
"""Endpoint → by what people sign in there; a changed password renews the session elsewhere."""


@dataclass(frozen=True, kw_only=True)
class FactorOptions:
    """How people sign in other than by a password or a link."""

    changes: "FactorChanges"
    key: bytes
    """Encrypts the secrets of authenticator apps; 32 bytes that never change."""
    policy: TwoFactorPolicy
    issuer: str
    """What an authenticator app calls this ledger."""
    public_url: str | None
    """The public address of the pages."""
    is_provider_only: bool
    """Whether the identity provider, and links, are the only ways in."""


def init_accounts(  # noqa: PLR0913 - the one place that puts sign-in together
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
    factors: FactorOptions | None = None,
) -> None:
    """Add sign-in, sign-out, passwords, sign-in links and CSRF checks to the app.

    `first_page` is the endpoint to which signing in leads.
    `on_sign_in` is called with the user id of everybody who signs in, and by what.
    `proxies` are believed about whom they forward.
    With `is_https` the browser sends the session cookie over https only. The `unguarded`
    blueprints have neither sign-in nor CSRF check: Twilio's callbacks, for example, are signed.
    `admits` says whether this request may be answered although nobody is signed in.
    Without `factors` there are passwords and links alone.
    """
    app.config.from_mapping(_session_settings(secret_key, is_https=is_https))
    app.config.from_mapping(_security_settings(first_page, factors))
    app.config[PASSWORDS_OFF] = factors is not None and factors.is_provider_only
    app.jinja_env.globals.setdefault("identity_provider", None)
    app.before_request(lambda: check_request(unguarded, admits))  # before CSRF: no forgery yet
    csrf = CSRFProtect(app)
    app.before_request(lambda: check_freshness(unguarded))
    for blueprint in unguarded:
        csrf.exempt(blueprint)
    networks = ClientNetworks(proxies)
    staff = StaffDatastore(
        accounts,
        lambda: _client_address(networks),
        factors.changes if factors else None,
        factors.key if factors else b"",
    )
    security = Security(
        app,
        staff,
        login_form=SignInForm,
        change_password_form=PasswordForm,
        verify_form=VerifyAgainForm,
        wan_register_form=PasskeyForm,
        webauthn_util_cls=PublicWebauthn,
        two_factor_setup_form=SetupForm,
        two_factor_verify_code_form=CodeForm,
        two_factor_rescue_form=RescueForm,
        mf_recovery_form=RecoveryCodeForm,
        totp_cls=cast("type[Totp]", partial(StaffTotp, staff)),
        mf_recovery_codes_util_cls=StaffRecoveryCodes,
        password_util_cls=StaffPasswords,
        render_template=_page,
    )
    security.pwd_context = accounts.hasher
    security.want_json(lambda _request: False)
    security.login_manager.request_loader(lambda _request: None)  # the session is the only way in
    show_secret_again(app)
    init_passkeys(app, factors.public_url if factors else None)
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
    is_form = request.blueprint == "security" and not request.view_args
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


def _security_settings(first_page: str, factors: FactorOptions | None) -> dict[str, Any]:
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
        "FRESHNESS_GRACE_PERIOD": timedelta(0),  # as `guard.is_fresh` has it
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
    if factors:
        is_only = factors.is_provider_only  # which asks for factors of its own
        policy = TwoFactorPolicy.OFF if is_only else factors.policy
        settings |= two_factor_settings(policy, factors.key, factors.issuer)
        settings |= {} if is_only else passkey_settings()
    return {f"SECURITY_{name}": value for name, value in settings.items()}


def _page(template: str, **context: Any) -> Any:
    """Render a page of Flask-Security; 422 where it shows a form that was refused."""
    page = render_template(template, **context)
    is_refused = any(getattr(value, "errors", None) for value in context.values())
    return (page, 422) if is_refused else page
