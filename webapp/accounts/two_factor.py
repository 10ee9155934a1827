"""Two-factor sign-in: Flask-Security's own, over the accounts of this program.

The password comes first, then a code of an authenticator app or a recovery code. Between the two
the browser has a signed note in its cookie, which says whose password was right and opens nothing.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, cast

import qrcode
from flask import Flask, current_app, session
from flask_security import (
    MfRecoveryCodesUtil,
    MfRecoveryForm,
    Totp,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    current_user,
)
from flask_security.twofactor import CodeTfPlugin
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, AppWallet, TotpMatch
from qrcode.image.svg import SvgPathImage
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired

from webapp.accounts.staff import StaffDatastore, StaffMember
from webapp.sign_in_settings import TwoFactorPolicy

RECOVERY_CODES = 10
_SECONDS_AROUND = 30
"""A code counts as long as it is shown, and for one more step, as clocks differ."""
_COST = 4
"""Of deriving a key for each secret: the key that it is derived from is random, and no password."""
_SETTING_UP = "validating_profile"
"""Flask-Security's word in the session for a secret whose first code is awaited."""
_WRONG_CODE = "This code is not right. Write the one that the app shows now."


def two_factor_settings(policy: TwoFactorPolicy, key: bytes, issuer: str) -> dict[str, Any]:
    """Return the settings of Flask-Security; `key` encrypts the secrets of apps."""
    is_on = policy is not TwoFactorPolicy.OFF
    return {
        "TWO_FACTOR": is_on,
        "TWO_FACTOR_REQUIRED": policy is TwoFactorPolicy.REQUIRED,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_IMPLEMENTATIONS": {"code": "webapp.accounts.two_factor.CodeStep"},
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": _SECONDS_AROUND,
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_SETUP_URL": "/account/two-factor",
        "TWO_FACTOR_POST_SETUP_VIEW": "accounts.after_two_factor",
        "TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "TWO_FACTOR_RESCUE_URL": "/sign-in/rescue",  # refused, as nothing declares who may open it
        "TWO_FACTOR_SELECT_URL": "/sign-in/select",  # likewise: there is one kind of code
        "MULTI_FACTOR_RECOVERY_CODES": is_on,
        "MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
        "MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
        "MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
        "TOTP_SECRETS": {"1": key.hex()},
        "TOTP_ISSUER": issuer.replace(":", " "),
        "MSG_TWO_FACTOR_INVALID_TOKEN": (_WRONG_CODE, "error"),
        "MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": ("You are signed in.", "success"),
        "MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": ("Two-factor sign-in is on.", "success"),
        "MSG_TWO_FACTOR_DISABLED": ("Two-factor sign-in is off.", "success"),
        "MSG_TWO_FACTOR_PERMISSION_DENIED": (
            "Write your name and password first; after ten minutes they are asked for again.",
            "error",
        ),
        "MSG_TWO_FACTOR_METHOD_NOT_AVAILABLE": (
            "Your school requires two-factor sign-in, so it stays on.",
            "error",
        ),
        "MSG_TWO_FACTOR_SETUP_EXPIRED": ("That took too long. Start again.", "error"),
        "MSG_INVALID_RECOVERY_CODE": (
            "This recovery code is not right, or was used already.",
            "error",
        ),
    }


def _staff() -> StaffDatastore:
    datastore: StaffDatastore = current_app.extensions["security"].datastore
    return datastore


class CodeStep(CodeTfPlugin):
    """The second step of signing in."""

    def get_setup_methods(self, user: Any) -> list[tuple[str, str]]:
        """Return none where the settings switch codes off, although passkeys are on."""
        is_on = current_app.config["SECURITY_TWO_FACTOR"]
        return super().get_setup_methods(user) if is_on else []

    def tf_login(self, user: Any, *args: Any, **kwargs: Any) -> Any:
        """Note whose password was right, and ask for the code."""
        session["tf_user_id"] = _staff().note_first_step(user)
        return super().tf_login(user, *args, **kwargs)


class StaffTotp(Totp):
    """Makes secrets and checks codes, each of which counts once."""

    def __init__(self, staff: StaffDatastore, secrets: dict[str, str], issuer: str) -> None:
        self._staff = staff
        now = staff.now
        wallet = AppWallet(secrets, encrypt_cost=_COST)
        self._totp = TOTP.using(issuer=issuer, wallet=wallet, now=lambda: now().timestamp())

    def generate_qrcode(self, username: str, totp: str) -> str:
        """Return the picture as a part of the page: the pages load no `data:` addresses."""
        uri = self.get_totp_uri(username, totp)
        return str(qrcode.make(uri, image_factory=SvgPathImage).to_string(encoding="unicode"))

    def get_last_counter(self, user: Any) -> int | None:
        """Return which code was used last."""
        two_factor = user.factors.two_factor
        return two_factor.last_counter if two_factor else None

    def set_last_counter(self, user: Any, tmatch: TotpMatch) -> None:
        """Use a code up. Raises `UsedTokenError` where it was used at the same moment."""
        user.matched_counter = tmatch.counter
        if user.factors.two_factor and not self._staff.use_counter(user, tmatch.counter):
            raise UsedTokenError


class StaffRecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes of which only HMACs are stored; each is shown once, when it is made."""

    def get_recovery_codes(self, user: Any) -> list[str]:  # noqa: ARG002
        """Return none: they cannot be shown again."""
        return []

    def check_recovery_code(self, user: Any, code: str) -> bool:
        """Whether this is one of the codes that are left."""
        return self._number(user, code) is not None

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """Use a code up. Raises `Refused` where it was used at the same moment."""
        number = self._number(user, code)
        if number is None:
            return False
        _staff().use_recovery_code(user, number)
        return True

    def _number(self, user: Any, code: str) -> int | None:
        digest = _staff().code_digest(user, code)
        left = user.factors.recovery_codes.items()
        return next((n for n, kept in left if hmac.compare_digest(kept, digest)), None)


class SetupForm(TwoFactorSetupForm):
    """What a button of the set-up asks for: "authenticator" or "disable"."""

    setup = StringField()


class RescueForm(TwoFactorRescueForm):
    """Flask-Security's help page, which is not used; the choices are on no page."""

    help_setup = RadioField(choices=[])


class CodeForm(TwoFactorVerifyCodeForm):
    """A code of the authenticator app."""

    code = StringField(
        "Code",
        description="Six digits, as the app shows them now.",
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "12"},
        filters=[lambda text: "".join((text or "").split())],
        validators=[DataRequired("Write the code that your authenticator app shows.")],
    )

    def validate(self, **kwargs: Any) -> bool:
        """Let Flask-Security check the code. Raises `TryLater`."""
        if self.is_setup:  # of a secret that the person has on the page
            return super().validate(**kwargs)
        return _checked(self, super().validate, kwargs)


class RecoveryCodeForm(MfRecoveryForm):
    """A recovery code."""

    code = StringField(
        "Recovery code",
        description="One that you did not use yet, such as 4f2a-90bc-11de.",
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
        validators=[DataRequired("Write one of your recovery codes.")],
    )

    def validate(self, **kwargs: Any) -> bool:
        """Let Flask-Security check the code. Raises `TryLater`."""
        return _checked(self, super().validate, kwargs)


def _checked(
    form: CodeForm | RecoveryCodeForm, check: Callable[..., bool], kwargs: Mapping[str, Any]
) -> bool:
    """Check a code that follows the password, which may be wrong only a few times."""
    if not form.code.data:
        return check(**kwargs)
    member = cast("StaffMember", form.user)
    with _staff().giving_code(member) as attempt:
        is_right = check(**kwargs)
        if is_right:
            attempt.take_back()
    if not is_right:
        _staff().count_failed_sign_in(member)
    return is_right


def show_secret_again(app: Flask) -> None:
    """Let the page of the set-up show the same secret after a wrong code."""

    def context() -> dict[str, Any]:
        secret = session.get("tf_totp_secret")
        if session.get("tf_state") != _SETTING_UP or not (secret and current_user):
            return {}
        security = app.extensions["security"]
        state = {"totp_secret": secret, "method": "authenticator", "phone": None}
        return {
            "again": security.totp_factory.fetch_setup_values(secret, current_user),
            "again_token": security.tf_setup_serializer.dumps(state),
        }

    app.extensions["security"].tf_setup_context_processor(context)
