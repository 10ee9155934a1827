"""What each role may do, and what each route needs: the one place, for pages, an API and commands.

A route declares its permission with `needs`. `webapp.accounts.guard` refuses a route that declares
none, for everybody. What has a page and a command, too, takes its permission from `webapp.acts`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.vocabulary import Role

Freshness = bool | Callable[[Mapping[str, object]], bool]
View = TypeVar("View", bound=Callable[..., Any])


class Permission(StrEnum):
    """Something that an account may do, or may not."""

    OWN_ACCOUNT = "sign out, and change how one signs in"
    SEE_STATUS = "see campaigns and the status of their contacts"
    SEE_NUMBERS = "see phone numbers"
    SEE_WORDS = "see what people wrote, what Twilio posted, and the audit trail"
    TAKE_LISTS = "download lists of contacts, of opt-outs and of what changed"
    TAKE_WORDS = "export the audit trail, and the file about a person"
    ACT = "launch, reply, resend, opt out, and all other acts"
    APPROVE = "approve what others prepared"
    APPROVE_SPENDING = "approve what goes beyond the spending limit"
    MANAGE_PEOPLE = "add people, change their roles, and shut them out"
    MANAGE_KEYS = "make and end API tokens of systems and webhooks, and back up the master key"
    MANAGE_RETENTION = "decide how long personal data is kept"


_READ = {Permission.OWN_ACCOUNT, Permission.SEE_STATUS}
_READ_ALL = _READ | {Permission.SEE_NUMBERS, Permission.SEE_WORDS, Permission.TAKE_LISTS}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset(_READ),
    Role.STAFF: frozenset(_READ_ALL | {Permission.ACT}),
    Role.APPROVER: frozenset(_READ_ALL | {Permission.ACT, Permission.APPROVE}),
    Role.AUDITOR: frozenset(_READ_ALL | {Permission.TAKE_WORDS}),
    Role.ADMIN: frozenset(Permission),
}
"""A viewer may be allowed to see numbers, too; see `Access`."""


@dataclass(frozen=True)
class Access:
    """The role of an account, and what was allowed to it beyond that."""

    role: Role
    sees_numbers: bool = False
    """Whether a viewer sees phone numbers; all other roles do anyway."""
    within: "Access | None" = None
    """For a token of the API: what its owner may do now, beyond which the token may nothing."""
    office_ids: frozenset[str] = frozenset()
    """The offices whose campaigns it sees; none: all offices. An admin sees all in any case."""

    @property
    def scope(self) -> Scope:
        """What the account, or the token, sees."""
        is_limited = bool(self.office_ids) and self.role is not Role.ADMIN
        own = Scope(self.office_ids) if is_limited else EVERYTHING
        return own if self.within is None else own.within(self.within.scope)

    def may(self, permission: Permission) -> bool:
        """Whether the account, or the token, has this permission."""
        if self.within is not None and not self.within.may(permission):
            return False
        is_allowed = self.sees_numbers and permission is Permission.SEE_NUMBERS
        return is_allowed or permission in PERMISSIONS[self.role]

    def exceeds(self, other: "Access") -> bool:
        """Whether this one may anything that the other may not."""
        return any(self.may(each) and not other.may(each) for each in Permission)


@dataclass(frozen=True)
class Need:
    """What a route needs of those who ask for it."""

    permission: Permission
    is_fresh: Freshness = False
    """Whether they must have proven lately who they are, such as by their password."""

    def asks_again(self, place: Mapping[str, object]) -> bool:
        """Return `is_fresh` for what the address names."""
        return self.is_fresh(place) if callable(self.is_fresh) else self.is_fresh


_NEED = "delivery_ledger_need"


def needs(permission: Permission, *, is_fresh: Freshness = False) -> Callable[[View], View]:
    """Declare what a view needs; `is_fresh` may depend on what its address names."""

    def declare(view: View) -> View:
        setattr(view, _NEED, Need(permission, is_fresh))
        return view

    return declare


def need_of(view: object) -> Need | None:
    """Return what a view declared; None for nothing, which nobody may open."""
    need: Need | None = getattr(view, _NEED, None)
    return need


def roles_with(permission: Permission) -> list[Role]:
    """Return the roles that have a permission, from the least to the most."""
    return [role for role in Role if permission in PERMISSIONS[role]]


def refusal(role: Role, permission: Permission, whose: str = "Your role") -> str:
    """Return why somebody may not do something, and who may."""
    *others, last = roles_with(permission)
    names = f"{', '.join(others)} or {last}" if others else last
    return f"{whose}, {role}, may not do this. To {permission}, one must be {names}."
