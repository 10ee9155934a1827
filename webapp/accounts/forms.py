"""The two forms of Flask-Security that staff see: sign in by name, and change the password."""

from collections.abc import Callable
from typing import Any, cast

from flask import current_app
from flask_security import (
    ChangePasswordForm,
    LoginForm,
    PasswordUtil,
    VerifyForm,
    current_user,
)
from flask_security.utils import validate_redirect_url
from wtforms import Field, Form, PasswordField, StringField
from wtforms.validators import DataRequired, Optional, StopValidation

from webapp.accounts import passwords
from webapp.accounts.names import LONGEST_TYPED_NAME
from webapp.accounts.staff import StaffDatastore, StaffMember

PASSWORDS_OFF = "LEDGER_PASSWORDS_OFF"
"""The setting of the app that says that no password signs in."""
AGAIN = "again-"
"""Begins the names of the fields by which a form is sent once more with the password."""
_PASSKEY_NEEDED = (
    "Your school requires two factors. Sign in with your passkey; then you can set up an "
    "authenticator app, too."
)
NOT_PRESENT = "This is not your present password."


def _staff() -> StaffDatastore:
    datastore: StaffDatastore = current_app.extensions["security"].datastore
    return datastore


def _hashable(message: str) -> Callable[[Form, Field], None]:
    """Return a check that a field holds what the hasher takes."""

    def check(_form: Form, field: Field) -> None:
        if field.data and not passwords.is_hashable(field.data):
            raise StopValidation(message)

    return check


def _drop_outside(field: Field) -> None:
    if field.data and not validate_redirect_url(field.data):
        field.data = ""


class SignInForm(LoginForm):
    """A name and a password; there is no e-mail address and no "remember me"."""

    username = StringField(
        "Name",
        render_kw={
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
            "required": True,
        },
    )
    password = PasswordField(
        "Password",
        render_kw={"autocomplete": "current-password"},
        validators=[DataRequired(), _hashable("The name or the password is not right.")],
    )
    email = StringField(validators=[Optional()])
    """Never shown; Flask-Security clears its errors."""
    remember = None

    def validate(self, **kwargs: Any) -> bool:
        """Find the staff member by name, then let Flask-Security check the password.

        Raises `TryLater`.
        """
        if current_app.config[PASSWORDS_OFF]:
            self.form_errors.append("Passwords are off here. Sign in by the button, or by a link.")
            return False
        name = self.username.data or ""
        self.ifield = self.username
        self.user = member = _staff().find_user(username=name)
        if len(name) > LONGEST_TYPED_NAME:
            self.username.data = ""  # the page does not repeat it
        if not self.password.data:  # nothing is hashed
            return bool(super().validate(**kwargs))
        with _staff().signing_in(name, member) as attempt:
            is_right = bool(super().validate(**kwargs))
            if is_right:
                attempt.take_back()
        if not is_right:
            _staff().count_failed_sign_in(member)
        return is_right and self._is_enough()

    def _is_enough(self) -> bool:
        """Whether the right password lets in.

        Where two factors are required, a person who has only a passkey must use it.
        """
        member = cast("StaffMember", self.user)
        is_required = current_app.config.get("SECURITY_TWO_FACTOR_REQUIRED")
        factors = member.factors if is_required else None
        if factors is None or factors.two_factor or not factors.passkeys:
            return True
        self.form_errors.append(_PASSKEY_NEEDED)
        return False

    def validate_next(self, field: Field) -> None:
        """Drop an address outside these pages; signing in then leads to the first page."""
        _drop_outside(field)


class VerifyAgainForm(VerifyForm):
    """The password again, of somebody who is signed in."""

    password = PasswordField(
        "Your password",
        render_kw={"autocomplete": "current-password"},
        validators=[DataRequired("Write your password."), _hashable(NOT_PRESENT)],
    )

    def validate(self, **kwargs: Any) -> bool:
        """Let Flask-Security check the password. Raises `TryLater`."""
        if not (current_user.password and self.password.data):
            self.password.errors = ["Write your password."]
            return False
        with _staff().changing_password(current_user.user_id) as attempt:
            is_right = bool(super().validate(**kwargs))
            if is_right:
                attempt.take_back()
        return is_right

    def validate_next(self, field: Field) -> None:
        """Drop an address outside these pages."""
        _drop_outside(field)


class PasswordForm(ChangePasswordForm):
    """The present password, if there is one, and the new one."""

    password = PasswordField(
        "Present password",
        render_kw={"autocomplete": "current-password"},
        validators=[_hashable(NOT_PRESENT)],
    )
    new_password = PasswordField(
        "New password",
        description=f"At least {passwords.SHORTEST} characters. A few words make a good one.",
        render_kw={"autocomplete": "new-password"},
        validators=[DataRequired("Write a new password.")],
    )
    new_password_confirm = None

    def validate(self, **kwargs: Any) -> bool:
        """Let Flask-Security check both passwords. Raises `TryLater`."""
        if not (current_user.password and self.password.data):
            return bool(super().validate(**kwargs))
        with _staff().changing_password(current_user.user_id) as attempt:
            is_right = bool(super().validate(**kwargs))
            if not self.password.errors:
                attempt.take_back()
        return is_right


class StaffPasswords(PasswordUtil):
    """Lets Flask-Security use the rule of `webapp.accounts.passwords`."""

    def normalize(self, password: str) -> str:
        """Return the password as it is hashed."""
        return passwords.normalised(password)

    def validate(
        self,
        password: str,
        is_register: bool,  # noqa: ARG002, FBT001 - Flask-Security's signature
        **kwargs: Any,  # noqa: ARG002
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong with a new password, if anything, and what is hashed of it."""
        fault = passwords.fault_of(password)
        return ([fault], password) if fault else (None, self.normalize(password))
