"""Accounts and sessions as JSON documents, for `user list`, `user sessions` and the API."""

from typing import Any

from webapp.accounts.account import Account
from webapp.accounts.factors import FactorCounts
from webapp.accounts.sessions import Session
from webapp.explain.people_accounts import account_state
from webapp.explain.times import iso
from webapp.permissions import Permission

NO_FACTORS = FactorCounts(has_two_factor=False, passkeys=0)


def account_document(account: Account, factors: FactorCounts) -> dict[str, Any]:
    """Return an account as `user list --json` prints it."""
    return {
        "name": account.name,
        "password": account.has_password,
        "two_factor": factors.has_two_factor,
        "passkeys": factors.passkeys,
        "role": account.access and account.access.role,
        "numbers": account.access is not None and account.access.may(Permission.SEE_NUMBERS),
        "state": account_state(account),
        "last_sign_in": iso(account.signed_in_at),
    }


def session_document(session: Session) -> dict[str, Any]:
    """Return a session as `user sessions --json` prints it."""
    return {
        "id": session.session_id,
        "started_at": iso(session.started_at),
        "ends_at": iso(session.ends_at),
        "address": session.origin.address or None,
        "browser": session.origin.browser or None,
    }
