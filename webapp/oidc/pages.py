"""The addresses of signing in by an identity provider: away to it, and back.

Somebody who is signed in, and asked for it, comes back to have the account linked instead.
"""

import hmac
import time
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import current_user, login_user
from flask_security.utils import validate_redirect_url

from ledger.errors import Refused
from webapp.accounts.guard import BY_PROVIDER
from webapp.bootstrap import Application
from webapp.oidc.admission import Admission
from webapp.oidc.provider import AGAIN, NotProven, ProvenPerson, Provider, ProviderAway, Question
from webapp.permissions import Permission, needs

_ASKED = "asked_of_provider"
NOTHING: Mapping[str, str] = MappingProxyType({})
_AGAIN = "Sign in another way, or try again in a minute."


def init_provider(app: Flask, application: Application) -> None:
    """Add the addresses to the app; there must be a provider in the settings."""
    settings = application.settings.sign_in.oidc
    if settings is None:
        raise TypeError("no identity provider")
    admission = Admission(settings, application.accounts, application.people)
    app.jinja_env.globals.update(identity_provider=settings)
    public_url = application.settings.shown_public_url
    app.register_blueprint(_Pages(Provider(settings), admission, public_url).blueprint())


class _Pages:
    def __init__(self, provider: Provider, admission: Admission, public_url: str | None) -> None:
        self._provider, self._admission, self._public_url = provider, admission, public_url

    def blueprint(self) -> Blueprint:
        """Return the blueprint `provider`."""
        pages = Blueprint("provider", __name__)
        pages.add_url_rule("/sign-in/provider", "start", self.start)
        pages.add_url_rule("/sign-in/provider/back", "back", self.back)

        @pages.post("/account/provider")
        @needs(Permission.OWN_ACCOUNT, is_fresh=True)
        def link() -> ResponseReturnValue:
            return self.link()

        @pages.get("/sign-in/provider/again")
        @needs(Permission.OWN_ACCOUNT)
        def again() -> ResponseReturnValue:
            return self.again()

        return pages

    def start(self) -> ResponseReturnValue:
        """Send somebody to the provider."""
        try:
            return redirect(self._question(next=request.args.get("next", "")).address)
        except ProviderAway as error:
            return _problem(f"{error} {_AGAIN}", 503)

    def again(self) -> ResponseReturnValue:
        """Send somebody who is signed in to the provider, to prove once more who they are."""
        try:
            question = self._question(
                AGAIN, again=current_user.fs_uniquifier, next=request.args.get("next", "")
            )
        except ProviderAway as error:
            return _problem(f"{error} {_AGAIN}", 503)
        return redirect(question.address)

    def link(self) -> ResponseReturnValue:
        """Show the way to the provider to somebody who links their account.

        It is a link, as the pages' security policy lets no form lead to another site.
        """
        try:
            address = self._question(link=current_user.fs_uniquifier).address
        except ProviderAway as error:
            return _problem(f"{error} {_AGAIN}", 503)
        return render_template("accounts/provider_link.html", address=address)

    def back(self) -> ResponseReturnValue:
        """Sign in, or link, who comes back from the provider."""
        asked: dict[str, Any] = session.pop(_ASKED, {})
        state = request.args.get("state", "")
        if (
            not hmac.compare_digest(str(asked.get("state", "")).encode(), state.encode())
            or not state
        ):
            return _problem("This sign-in began in another browser, or was used. Start again.", 400)
        if "code" not in request.args:
            return _problem("It did not let you in. Start again, or sign in another way.", 403)
        question = Question(*(asked[name] for name in ("address", "state", "nonce", "verifier")))
        try:
            person = self._provider.person(question, request.args["code"], self._back())
            if asked.get("again"):
                return self._proved_again(person, asked)
            return (
                self._linked(person, asked["link"]) if asked["link"] else self._enter(person, asked)
            )
        except ProviderAway as error:
            return _problem(f"{error} {_AGAIN}", 503)
        except (NotProven, Refused) as error:
            return _problem(str(error), 403)

    def _question(self, parameters: Mapping[str, str] = NOTHING, **kept: str) -> Question:
        question = self._provider.question(self._back(), **parameters)
        asked = {"next": "", "link": "", "again": "", "asked_at": time.time()}
        session[_ASKED] = {**asked, **asdict(question), **kept}
        return question

    def _back(self) -> str:
        """Return the address to which the provider sends people: below the public one."""
        if self._public_url is None:
            return url_for("provider.back", _external=True)
        path = urlsplit(url_for("provider.back", _external=True)).path
        return f"{self._public_url}{path.removeprefix(request.script_root)}"

    def _enter(self, person: ProvenPerson, asked: dict[str, Any]) -> ResponseReturnValue:
        user_id = self._admission.admit(person)
        member = current_app.extensions["security"].datastore.find_user(user_id=user_id)
        if member is None:
            raise Refused("Your account was changed meanwhile. Sign in again.")
        session.clear()  # a session from before the sign-in may be known to others
        login_user(member, authn_via=["provider"])
        session[BY_PROVIDER] = member.fs_uniquifier
        wanted = asked["next"]
        home = url_for(current_app.config["SECURITY_POST_LOGIN_VIEW"])
        return redirect(wanted if wanted and validate_redirect_url(wanted) else home)

    def _proved_again(self, person: ProvenPerson, asked: dict[str, Any]) -> ResponseReturnValue:
        """Let somebody who is signed in go on, as after their password."""
        if not current_user.is_authenticated or current_user.fs_uniquifier != asked["again"]:
            raise Refused("You were signed out meanwhile. Sign in again.")
        self._admission.check_owner(current_user.user_id, person)
        person.check_proved_since(asked["asked_at"])
        session["fs_paa"] = time.time()
        wanted = asked["next"]
        if wanted and validate_redirect_url(wanted):
            return redirect(wanted)
        return render_template("accounts/provider_again.html")

    def _linked(self, person: ProvenPerson, token: str) -> ResponseReturnValue:
        if not current_user.is_authenticated or current_user.fs_uniquifier != token:
            raise Refused("You were signed out meanwhile. Sign in, and link your account again.")
        self._admission.link(current_user.user_id, person)
        flash("Your account is linked.", "success")
        return redirect(url_for("accounts.show"))


def _problem(words: str, status: int) -> tuple[str, int]:
    return render_template("accounts/provider_problem.html", words=words), status
