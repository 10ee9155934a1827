"""Who may look after a conversation."""

from collections.abc import Mapping

from webapp.accounts import Accounts
from webapp.permissions import Permission


def assignable(accounts: Accounts) -> Mapping[str, str]:
    """Return user id → name of the people who may look after a conversation, by name."""
    return {
        account.user_id: account.name
        for account in accounts.all()
        if account.may_sign_in and account.access and account.access.may(Permission.ACT)
    }
