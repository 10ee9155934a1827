"""The one check of every request: who is signed in, what they may do, and whether they proved it.

It reads what the route declared with `permissions.needs`. A route that declared nothing is refused
for everybody. Templates ask `may_open`, and so show no control that would be refused.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from flask import (
    Blueprint,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_security import current_user
from flask_security.utils import check_and_update_authn_fresh, set_request_attr
from werkzeug.exceptions import Forbidden, UnsupportedMediaType
from werkzeug.wrappers import Response

from ledger.errors import StoreUnavailable
from webapp.accounts.forms import AGAIN, VerifyAgainForm
from webapp.accounts.passkeys import is_answered
from webapp.addresses import here_with_query
from webapp.permissions import Access, Need, Permission, need_of, refusal

FRESH_FOR = timedelta(minutes=15)
"""How long after the password, or a sign-in, nobody asks for the password again."""

_SIGNING_IN = {
    *("security.two_factor_token_validation", "security.mf_recovery"),
    *("security.wan_signin", "security.wan_signin_response", "provider.start"),
}
"""Where somebody signs in with a passkey, or with a code that follows the password."""
_OPEN = {
    *("static", "unversioned_static", "security.login", "accounts.link", "accounts.use_link"),
    *_SIGNING_IN,
    "provider.back",
}
BY_PROVIDER = "by_provider"
"""In the session of somebody who signed in by the identity provider: the token of that session."""
_FRESH_OWN_ACCOUNT = Need(Permission.OWN_ACCOUNT, is_fresh=True)
_NEEDS = {
    "security.logout": Need(Permission.OWN_ACCOUNT),
    "security.verify": Need(Permission.OWN_ACCOUNT),
    "security.change_password": Need(
        Permission.OWN_ACCOUNT,
        # A present password proves more than that one is fresh.
        is_fresh=lambda _place: not current_user.password,
    ),
    "security.two_factor_setup": _FRESH_OWN_ACCOUNT,
    "security.two_factor_setup_validate": _FRESH_OWN_ACCOUNT,
    "security.mf_recovery_codes": _FRESH_OWN_ACCOUNT,
    "security.wan_register": _FRESH_OWN_ACCOUNT,
    "security.wan_register_response": _FRESH_OWN_ACCOUNT,
    "security.wan_delete": _FRESH_OWN_ACCOUNT,
    "security.wan_verify": Need(Permission.OWN_ACCOUNT),
    "security.wan_verify_response": Need(Permission.OWN_ACCOUNT),
}
"""What the views of Flask-Security need, which declare nothing."""
_WITHOUT_SECOND_FACTOR = {"security", "accounts"}
"""The blueprints of a person's own password, factors and sessions.

What else a person owns, such as tokens of the API, would let a thief of the password stay.
"""

_ACCESS = "access"
"""The name under which the request keeps what the person may do."""

Unguarded = Sequence[Blueprint]


def check_request(unguarded: Unguarded, admits: Callable[[], bool]) -> Response | None:
    """Redirect people who are not signed in to the sign-in page, which leads back.

    Raises `Forbidden` where the role of somebody who is signed in does not suffice.
    """
    if request.blueprint == "security" and request.is_json:
        raise UnsupportedMediaType  # Flask-Security would read JSON; these pages send forms
    if request.endpoint in _SIGNING_IN and current_user.is_authenticated:
        return redirect(url_for(current_app.config["SECURITY_POST_LOGIN_VIEW"]))
    if _is_open(unguarded):
        return None
    if not current_user.is_authenticated:
        return None if admits() else redirect(url_for("security.login", next=_return_url()))
    check_access(current_user.access, "Your role")
    return _check_second_factor()


def check_access(access: Access, whose: str) -> None:
    """Raise `Forbidden` where this access does not suffice for the route of the request.

    `whose` begins the sentence that says so: "Your role".
    """
    need = _need(request.endpoint)
    if need is None:
        raise Forbidden("Nobody may open this page: the program does not say who may.")
    if not access.may(need.permission):
        raise Forbidden(refusal(access.role, need.permission, whose))


def _check_second_factor() -> Response | None:
    """Lead people to set a second factor up, where the settings require one and they have none.

    Until then they can only change how they sign in, and end their sessions.
    """
    need = _need(request.endpoint)
    is_own = need is not None and need.permission is Permission.OWN_ACCOUNT
    if need is None or (is_own and request.blueprint in _WITHOUT_SECOND_FACTOR):
        return None
    if not current_app.config.get("SECURITY_TWO_FACTOR_REQUIRED"):
        return None
    if session.get(BY_PROVIDER) == current_user.fs_uniquifier or current_user.has_second_factor:
        return None  # the provider asks for factors of its own
    if request.method == "GET":
        return redirect(url_for("security.two_factor_setup"))
    raise Forbidden(
        "Your school requires two-factor sign-in. Nothing was done; set it up first, on the page "
        "Your account."
    )


def access_of_request() -> Access | None:
    """Return what the person who is signed in may do; None where nobody is, or it is not known."""
    if _ACCESS not in g:
        g.setdefault(_ACCESS, None)
        with suppress(StoreUnavailable):
            setattr(g, _ACCESS, current_user.access if current_user.is_authenticated else None)
    access: Access | None = g.get(_ACCESS)
    return access


def check_freshness(unguarded: Unguarded) -> Response | None:
    """Ask for the password again, where the route needs it and it was not given lately.

    A form that was sent is asked about on a page that sends it once more, with the password.
    """
    need = None if _is_open(unguarded) else _need(request.endpoint)
    if need is None or not current_user.is_authenticated:
        return None
    if not need.asks_again(request.view_args or {}) or is_fresh():
        return None
    if request.method == "POST":
        return _ask_again()
    return redirect(url_for("security.verify", next=_return_url()))


def is_fresh() -> bool:
    """Return whether the person gave the password, or signed in, a short time ago."""
    return check_and_update_authn_fresh(FRESH_FOR, timedelta(0))


def may_open(endpoint: str) -> bool:
    """Return whether the person who is signed in may open a route."""
    if endpoint in _OPEN:
        return True
    need, access = _need(endpoint), access_of_request()
    return need is not None and access is not None and access.may(need.permission)


def _ask_again() -> Response | None:
    """Check the password that was sent with a form; else ask for it, with all that was sent."""
    form = VerifyAgainForm(
        formdata=request.form if f"{AGAIN}password" in request.form else None,
        user=current_user,
        prefix=AGAIN,
        meta={"csrf": False},  # the form itself was checked
    )
    if _is_proved(form):
        session["fs_paa"] = now = time.time()
        set_request_attr("fs_paa", now)  # where the views of Flask-Security look for it
        return None
    sent = [item for item in request.form.items(multi=True) if not item[0].startswith(AGAIN)]
    page = render_template(
        "security/verify.html", verify_form=form, sent=sent, action=here_with_query()
    )
    return make_response(page, 422 if form.errors else 403)


def _is_proved(form: VerifyAgainForm) -> bool:
    """Whether the password, or the answer of a passkey, came with the form and is right."""
    if credential := request.form.get(f"{AGAIN}passkey"):
        return is_answered(credential, request.form.get(f"{AGAIN}state", ""))
    return bool(form.is_submitted() and form.password.data and form.validate())


def _need(endpoint: str | None) -> Need | None:
    return _NEEDS.get(endpoint or "") or need_of(current_app.view_functions.get(endpoint or ""))


def _is_open(unguarded: Unguarded) -> bool:
    if request.endpoint is None or request.endpoint in _OPEN:
        return True
    return current_app.blueprints.get(request.blueprint or "") in unguarded


def _return_url() -> str | None:
    """Return the requested page; a POST is not repeated after sign-in."""
    if request.method != "GET":
        return None
    return here_with_query()
