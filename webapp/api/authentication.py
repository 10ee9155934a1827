"""Who asks: the token in the header `Authorization: Bearer dlt_…`.

There is no other way in: neither a session nor a token in an address counts.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask import g, request

from ledger.errors import StoreUnavailable
from webapp.accounts import Accounts
from webapp.accounts.api_tokens import ApiToken, TokenState
from webapp.accounts.try_later import TooManyFailures
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound
from webapp.current import application
from webapp.permissions import Access, Permission

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SCHEME = "bearer"
_WITHOUT = {"WWW-Authenticate": 'Bearer realm="Delivery Ledger"'}
_WITH_WRONG = {
    "WWW-Authenticate": 'Bearer realm="Delivery Ledger", error="invalid_token"',
}


@dataclass(frozen=True)
class Caller:
    """The program that asks."""

    token: ApiToken
    access: Access
    """What it may do now."""

    @property
    def actor(self) -> str:
        """The id under which it acts: that of a person, or of a system."""
        return self.token.owner_id

    @property
    def token_maker(self) -> str | None:
        """Who made the token, where that is not the person as whom it acts."""
        return None if self.token.made_by == self.actor else self.token.made_by


def caller() -> Caller:
    """Return who asks; only for routes that need a token."""
    present: Caller = g.caller
    return present


def may(permission: Permission) -> bool:
    """Return whether the program that asks has a permission."""
    return caller().access.may(permission)


def authenticate(client_address: Callable[[], str]) -> Caller:
    """Return who asks. Raises `ProblemFound`."""
    secret = _secret(request.headers.get("Authorization", ""))
    if secret is None:
        raise ProblemFound(Kind.NO_TOKEN, headers=_WITHOUT)
    accounts = application().accounts
    token = accounts.api_tokens.find(secret)
    access = _access(accounts, token) if token else None
    if token is None or access is None:
        _count(accounts, token, client_address())
        raise ProblemFound(Kind.NO_TOKEN, _why_not(accounts, token), headers=_WITH_WRONG)
    with suppress(StoreUnavailable):  # that it was used is no reason to refuse it
        accounts.api_tokens.note_use(token)
    return Caller(token, access)


def may_upload(accounts: Accounts, environ: "WSGIEnvironment") -> bool:
    """Return whether a request may have a large body: its token may act. Nothing is counted."""
    secret = _secret(environ.get("HTTP_AUTHORIZATION", ""))
    with suppress(StoreUnavailable):
        token = accounts.api_tokens.find(secret) if secret else None
        access = _access(accounts, token) if token else None
        return access is not None and access.may(Permission.ACT)
    return False


def _secret(header: str) -> str | None:
    scheme, _, secret = header.strip().partition(" ")
    return secret.strip() if scheme.lower() == _SCHEME and secret else None


def _access(accounts: Accounts, token: ApiToken) -> Access | None:
    """Return what a token may do now; None for one that is over, or whose owner is shut out."""
    if token.state_at(accounts.clock.now()) is not TokenState.ACTIVE:
        return None
    if token.is_of_system:
        return token.access
    owner = accounts.with_id(token.owner_id)
    if owner is None or not owner.may_sign_in:
        return None
    return replace(token.access, within=owner.access)


def _count(accounts: Accounts, token: ApiToken | None, address: str) -> None:
    """Count a wrong token, unless many came from this address: then the client has to wait."""
    owner = token.owner_id if token and not token.is_of_system else None
    try:
        with accounts.limits.begin_token(address):
            accounts.failed_sign_ins.count(owner)
    except TooManyFailures as error:
        raise ProblemFound(
            Kind.RATE_LIMITED,
            "Too many wrong tokens came from this address. Correct the token, then wait as many "
            "seconds as Retry-After says.",
            headers={"Retry-After": str(error.retry_after_seconds)},
        ) from error


def _why_not(accounts: Accounts, token: ApiToken | None) -> str:
    """Say why a token is not accepted; who has it may learn that it is over."""
    if token is None:
        return "This token is not known here. Copy it again, whole; or make a new one."
    state = token.state_at(accounts.clock.now())
    if state is TokenState.ACTIVE:
        return "The account of this token is disabled or removed."
    return f"This token is {state}. Make a new one."
