"""The settings of how people sign in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec

from ledger.domain.vocabulary import Role
from ledger.errors import BadSetting
from webapp.environment import GROUP_ROLES, ISSUER, ON_OR_OFF, TWO_FACTOR, Environment

_NEEDED = ("LEDGER_OIDC_CLIENT_ID", "LEDGER_OIDC_CLIENT_SECRET", "LEDGER_OIDC_ROLES")


class TwoFactorPolicy(StrEnum):
    """Whether people sign in with a second factor beside the password."""

    OFF = "off"
    """Nobody is asked for a code; passkeys still count."""
    OPTIONAL = "optional"
    """Everybody may turn it on."""
    REQUIRED = "required"
    """Who has neither an authenticator app nor a passkey can only set one up."""


@dataclass(frozen=True, kw_only=True)
class OidcSettings:
    """An identity provider, by OpenID Connect."""

    issuer: str
    """As the provider writes it: `https://login.school.example/realms/staff`."""
    client_id: str
    client_secret: str
    roles: Mapping[str, Role]
    """Group → role."""
    groups_claim: str
    """Where the provider writes a person's groups."""
    name: str
    """What people call the provider: the words of the button."""
    is_only: bool
    """Whether nobody signs in by a password or passkey."""

    def role_of(self, groups: Iterable[str]) -> Role | None:
        """Return the role of somebody in these groups, the one that may do most; None for none."""
        roles = {self.roles[group] for group in groups if group in self.roles}
        return max(roles, key=list(Role).index, default=None)


@dataclass(frozen=True, kw_only=True)
class SignInSettings:
    """How people may sign in other than by a password or a link."""

    two_factor: TwoFactorPolicy = TwoFactorPolicy.OPTIONAL
    oidc: OidcSettings | None = None

    @property
    def is_provider_only(self) -> bool:
        """Whether nobody signs in by a password or passkey."""
        return self.oidc is not None and self.oidc.is_only


def sign_in_settings(read: Environment) -> SignInSettings:
    """Return the settings that the environment has. Raises `BadSetting`."""
    policy = read("LEDGER_TWO_FACTOR", TWO_FACTOR, TwoFactorPolicy.OPTIONAL)
    return SignInSettings(two_factor=TwoFactorPolicy(policy), oidc=_oidc(read))


def _oidc(read: Environment) -> OidcSettings | None:
    issuer = read("LEDGER_OIDC_ISSUER", ISSUER, None)
    values = {name: read.text(name) for name in _NEEDED}
    settings = OidcSettings(
        issuer=issuer or "",
        client_id=values["LEDGER_OIDC_CLIENT_ID"],
        client_secret=values["LEDGER_OIDC_CLIENT_SECRET"],
        roles=read("LEDGER_OIDC_ROLES", GROUP_ROLES, {}),
        groups_claim=read.text("LEDGER_OIDC_GROUPS_CLAIM") or "groups",
        name=read.text("LEDGER_OIDC_NAME") or "your school account",
        is_only=read("LEDGER_OIDC_ONLY", ON_OR_OFF, "off") == "on",
    )
    if issuer is None:
        return None
    if missing := [name for name, value in values.items() if not value]:
        raise BadSetting(f"{missing[0]} is not set; LEDGER_OIDC_ISSUER needs {', '.join(_NEEDED)}.")
    if find_spec("authlib") is None:
        raise BadSetting(
            "LEDGER_OIDC_ISSUER is set, and the library for it is not installed. Install "
            "`delivery-ledger[oidc]`, or remove the setting."
        )
    return settings
