"""Passkeys: Flask-Security's WebAuthn, for the public address of the pages.

A passkey is asked to check its owner, by a finger or a PIN. So it is two factors by itself, and
nobody is asked for a code after it.
"""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

from flask import Flask, Response, current_app, request, url_for
from flask_security import (
    WebAuthnRegisterForm,
    WebAuthnSigninResponseForm,
    WebauthnUtil,
    current_user,
)
from flask_security.utils import check_and_get_token_status
from flask_security.webauthn import _signin_common
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from ledger.errors import Refused
from webapp.accounts.factors import Passkey
from webapp.accounts.relying_party import RelyingParty, relying_party
from webapp.accounts.staff import StaffMember

_PUBLIC_URL = "LEDGER_PUBLIC_ADDRESS"
_CEREMONIES = ("wan_register", "wan_signin", "wan_verify")
_ANSWERED_WITHIN = timedelta(minutes=3)
_NOT_ACCEPTED = "This passkey was not accepted. Try again, or sign in with your password."


def passkey_settings() -> dict[str, Any]:
    """Return the settings of Flask-Security."""
    return {
        "WEBAUTHN": True,
        "WAN_RP_NAME": "Delivery Ledger",
        "WAN_REGISTER_URL": "/account/passkeys",
        "WAN_POST_REGISTER_VIEW": "accounts.show",
        "WAN_DELETE_URL": "/account/passkeys/remove",
        "WAN_SIGNIN_URL": "/sign-in/passkey",
        "WAN_VERIFY_URL": "/account/verify/passkey",
        "WAN_ALLOW_USER_HINTS": False,  # the passkey names its owner
        "WAN_ALLOW_AS_VERIFY": ["first"],
        "WAN_SIGNIN_WITHIN": _ANSWERED_WITHIN,
        "MSG_WEBAUTHN_EXPIRED": ("That took too long. Try again.", "error"),
        "MSG_WEBAUTHN_NAME_REQUIRED": ("Write a name for the passkey.", "error"),
        "MSG_WEBAUTHN_NAME_INUSE": ("You have a passkey of this name. Write another.", "error"),
        "MSG_WEBAUTHN_NAME_NOT_FOUND": ("This passkey was removed already.", "error"),
        "MSG_WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (
            "The name of a passkey has letters, digits, blanks and dashes.",
            "error",
        ),
        "MSG_WEBAUTHN_CREDENTIAL_DELETED": ("The passkey %(name)s is removed.", "success"),
        "MSG_WEBAUTHN_REGISTER_SUCCESSFUL": (
            "The passkey %(name)s is added. Sign in with it from now on.",
            "success",
        ),
        "MSG_WEBAUTHN_CREDENTIAL_ID_INUSE": ("This passkey is registered already.", "error"),
        "MSG_WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (_NOT_ACCEPTED, "error"),
        "MSG_WEBAUTHN_ORPHAN_CREDENTIAL_ID": (_NOT_ACCEPTED, "error"),
        "MSG_WEBAUTHN_NO_VERIFY": (_NOT_ACCEPTED, "error"),
        "MSG_WEBAUTHN_CREDENTIAL_WRONG_USAGE": (_NOT_ACCEPTED, "error"),
        "MSG_WEBAUTHN_MISMATCH_USER_HANDLE": (_NOT_ACCEPTED, "error"),
        "MSG_DISABLED_ACCOUNT": (_NOT_ACCEPTED, "error"),
        "MSG_API_ERROR": (_NOT_ACCEPTED, "error"),
    }


def init_passkeys(app: Flask, public_url: str | None) -> None:
    """Tell Flask-Security and the templates for which address passkeys are made."""
    app.config[_PUBLIC_URL] = public_url
    app.before_request(_use_public_host)
    app.after_request(_lead_to_account)
    app.jinja_env.globals.update(passkey_party=_party, passkey_request=passkey_request)


def _party() -> RelyingParty | str:
    return relying_party(current_app.config[_PUBLIC_URL], request.host_url)


def _use_public_host() -> None:
    """Let Flask-Security, which reads the host of the request, find that of the public address.

    A proxy may have put another one there.
    """
    name = (request.endpoint or "").removeprefix("security.")
    if not name.startswith(_CEREMONIES):
        return
    party = _party()
    if isinstance(party, str):
        raise Refused(party)
    request.host = party.host


def _lead_to_account(response: Response) -> Response:
    """Show the account after a passkey was removed; Flask-Security shows the form of a new one."""
    if request.endpoint == "security.wan_delete" and response.location:
        response.location = url_for("accounts.show")
    return response


class PublicWebauthn(WebauthnUtil):
    """What is asked of a passkey: that it finds its owner by itself, and checks who holds it."""

    def origin(self) -> str:
        """Return the address of the pages, as the browser has it."""
        return cast("RelyingParty", _party()).origin

    def authenticator_selection(self, *_: Any) -> AuthenticatorSelectionCriteria:
        """Return what a new passkey must be able to do."""
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )

    def user_verification(self, *_: Any) -> UserVerificationRequirement:
        """Return that each use checks who holds it."""
        return UserVerificationRequirement.REQUIRED


class _Usage(StringField):  # type: ignore[misc]
    """Always "first": there are no passkeys that follow a password."""

    def process_formdata(self, valuelist: list[str]) -> None:  # noqa: ARG002
        self.data = "first"


class PasskeyForm(WebAuthnRegisterForm):
    """The name of a new passkey."""

    name = StringField(
        "Name",
        description="By which you tell your passkeys apart, such as “Laptop”.",
        render_kw={"autocomplete": "off", "maxlength": "64"},
        validators=[
            DataRequired("Write a name for the passkey."),
            Length(max=64, message="The name of a passkey has at most 64 characters."),
        ],
    )
    usage = _Usage(default="first")


def passkey_request() -> Mapping[str, str] | None:
    """Return what the browser asks a passkey of the person who is signed in; None without one.

    It has `options`, as JSON, and `state`, which comes back with the answer.
    """
    if isinstance(_party(), str) or not current_user.webauthn:
        return None
    options, state = _with_public_host(lambda: _signin_common(current_user, ["first"]))
    return {"options": json.dumps(options), "state": state}


def is_answered(credential: str, state: str) -> bool:
    """Whether a passkey of the person who is signed in answered what was asked."""
    if not current_app.config["SECURITY_WEBAUTHN"] or isinstance(_party(), str):
        return False
    expired, invalid, asked = check_and_get_token_status(state, "wan", _ANSWERED_WITHIN)
    if expired or invalid:
        return False
    form = WebAuthnSigninResponseForm(
        formdata=MultiDict({"credential": credential}), meta={"csrf": False}
    )
    form.challenge, form.user_verification = asked["challenge"], True
    form.is_secondary, form.is_verify = False, True
    if not _with_public_host(form.validate):
        return False
    if cast("StaffMember", form.user).user_id != current_user.user_id:
        return False
    passkey = cast("Passkey", form.cred)
    passkey.sign_count = form.authentication_verification.new_sign_count
    current_app.extensions["security"].datastore.put(passkey)
    return True


def _with_public_host(act: Callable[[], Any]) -> Any:
    """Do something that reads the host of the request, with that of the public address."""
    before, request.host = request.host, cast("RelyingParty", _party()).host
    try:
        return act()
    finally:
        request.host = before
