"""The settings of how people sign in."""

from dataclasses import dataclass
from enum import StrEnum

from webapp.environment import TWO_FACTOR, Environment


class TwoFactorPolicy(StrEnum):
    """Whether people sign in with a second factor beside the password."""

    OFF = "off"
    """Nobody is asked for a code; passkeys still count."""
    OPTIONAL = "optional"
    """Everybody may turn it on."""
    REQUIRED = "required"
    """Who has neither an authenticator app nor a passkey can only set one up."""


@dataclass(frozen=True, kw_only=True)
class SignInSettings:
    """How people may sign in, besides by a password or a link."""

    two_factor: TwoFactorPolicy = TwoFactorPolicy.OPTIONAL


def sign_in_settings(read: Environment) -> SignInSettings:
    """Return the settings that the environment has. Raises `BadSetting`."""
    policy = read("LEDGER_TWO_FACTOR", TWO_FACTOR, TwoFactorPolicy.OPTIONAL)
    return SignInSettings(two_factor=TwoFactorPolicy(policy))
