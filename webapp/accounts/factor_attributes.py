"""What Flask-Security reads of a member's passkeys, authenticator app and recovery codes.

It chose the names of most of these attributes.
"""

from collections.abc import Callable, Sequence

from ledger.lazy_property import lazy_property
from webapp.accounts.factors import Factors, Passkey


class FactorAttributes:
    """A part of `StaffMember`; what it reads is read once in a request, when it is asked for."""

    user_id: str
    find_factors: Callable[[], Factors]

    @lazy_property
    def factors(self) -> Factors:
        """What this person signs in with in addition to the password."""
        return self.find_factors()

    @property
    def has_second_factor(self) -> bool:
        """Whether there is an authenticator app or a passkey."""
        return self.factors.two_factor is not None or bool(self.factors.passkeys)

    @property
    def email(self) -> str:
        """What Flask-Security compares where it asks whether two members are the same person."""
        return self.user_id

    @property
    def fs_webauthn_user_handle(self) -> str:
        """By what a passkey names its owner: no name, as others may read it."""
        return self.user_id

    @property
    def webauthn(self) -> list[Passkey]:
        """The passkeys."""
        return list(self.factors.passkeys)

    @property
    def tf_primary_method(self) -> str | None:
        """Flask-Security's word for the kind of the second factor."""
        return "authenticator" if self.factors.two_factor else None

    @property
    def tf_totp_secret(self) -> str | None:
        """The encrypted secret of the authenticator app."""
        return self.factors.two_factor.secret if self.factors.two_factor else None

    @property
    def mf_recovery_codes(self) -> list[str]:
        """The HMACs of the recovery codes that are left."""
        return list(self.factors.recovery_codes.values())

    def check_tf_required(
        self,
        tf_setup_methods: Sequence[tuple[str, str]],
        tf_fresh: bool,  # noqa: ARG002, FBT001 - Flask-Security's signature
    ) -> tuple[bool, Sequence[tuple[str, str]]]:
        """Return whether a code follows the password.

        Who has no app yet is signed in first: `webapp.accounts.guard` then leads to the set-up.
        """
        return bool(tf_setup_methods), tf_setup_methods
