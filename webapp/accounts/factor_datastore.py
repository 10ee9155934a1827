"""The part of Flask-Security's datastore for passkeys, authenticator apps and recovery codes.

Flask-Security asks for each change here; it is made as an event, in `webapp.factors`.
"""

import hmac
from typing import TYPE_CHECKING, Any, cast

from flask_security import current_user
from flask_security.datastore import UserDatastore

from ledger.errors import Refused
from webapp.accounts.first_step import FirstStep, note_of

if TYPE_CHECKING:
    from webapp.accounts.accounts import Accounts
    from webapp.accounts.staff import StaffMember
    from webapp.factors import FactorChanges


class FactorDatastore(UserDatastore):
    """The part of `StaffDatastore` that stores factors; the other has sessions and passwords."""

    _accounts: "Accounts"
    _changes: "FactorChanges | None"
    _factor_key: bytes

    @property
    def changes(self) -> "FactorChanges":
        """Who makes the changes. Only apps with a ledger have it."""
        if self._changes is None:
            raise NotImplementedError
        return self._changes

    def note_first_step(self, member: "StaffMember") -> str:
        """Return the note that this member's password was right."""
        return note_of(FirstStep(member.user_id, member.epoch), self._accounts.clock.now())

    def tf_set(
        self,
        user: Any,
        primary_method: str,  # noqa: ARG002 - there is one
        totp_secret: str | None = None,
        phone: str | None = None,  # noqa: ARG002
    ) -> None:
        """Turn two-factor sign-in on, or change the app; nothing where that is the app already.

        Raises `Refused` while somebody is signing in: the code that follows the password must be of
        the present app, whatever the cookie says of another.
        """
        if totp_secret and user.tf_totp_secret != totp_secret:
            if not current_user.is_authenticated:
                raise Refused("Sign in first; then set up an app on the page Your account.")
            self.changes.turn_on_two_factor(
                user.user_id, user.epoch, totp_secret, user.matched_counter
            )

    def tf_reset(self, user: Any) -> None:
        """Turn two-factor sign-in off."""
        self.changes.turn_off_two_factor(user.user_id, user.epoch)

    def use_counter(self, user: Any, counter: int) -> bool:
        """Use the code of this counter up; False where it was used already."""
        return self._accounts.factors.use_counter(user.user_id, counter)

    def mf_set_recovery_codes(self, user: Any, rcs: list[str] | None) -> None:
        """Replace the recovery codes."""
        digests = {number: self.code_digest(user, code) for number, code in enumerate(rcs or [], 1)}
        self.changes.set_recovery_codes(user.user_id, user.epoch, digests)

    def use_recovery_code(self, user: Any, number: int) -> None:
        """Use a recovery code up. Raises `Refused` where it was used already."""
        self.changes.use_recovery_code(user.user_id, user.epoch, number)

    def code_digest(self, user: Any, code: str) -> str:
        """Return what is stored of a recovery code; blanks, dashes and case do not matter."""
        plain = "".join(filter(str.isalnum, code)).casefold()
        words = f"recovery code\0{user.user_id}\0{plain}"
        return hmac.new(self._factor_key, words.encode(errors="replace"), "sha256").hexdigest()

    def find_webauthn(self, credential_id: bytes) -> Any:
        """Return the passkey with this credential id, if any."""
        return self._accounts.factors.passkey(credential_id)

    def find_user_from_webauthn(self, webauthn: Any) -> "StaffMember | None":
        """Return whose passkey it is; None for an account that is disabled."""
        return cast("StaffMember | None", self.find_user(user_id=webauthn.user_id))

    def create_webauthn(self, user: Any, *_: Any, **values: Any) -> None:
        """Store a passkey that was registered."""
        self.changes.add_passkey(
            user.user_id,
            user.epoch,
            name=values["name"],
            credential_id=values["credential_id"],
            public_key=values["public_key"],
            sign_count=values["sign_count"],
            transports=[str(getattr(each, "value", each)) for each in values["transports"] or ()],
        )

    def delete_webauthn(self, webauthn: Any) -> None:
        """End a passkey of the person who is signed in."""
        member = self.find_user_from_webauthn(webauthn)
        if member:
            self.changes.remove_passkey(member.user_id, member.epoch, webauthn.passkey_id)
