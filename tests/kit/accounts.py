"""Accounts in tests, as the ledger's events would make them."""

from typing import Any

from ledger.domain.events import AccountAdded, AccountDisabled, AccountEvent
from ledger.domain.vocabulary import Role
from webapp.accounts import Accounts


def apply(accounts: Accounts, kind: type[AccountEvent], user_id: str, **fields: Any) -> None:
    """Change an account as this event does."""
    header = {"originator_id": "people", "originator_version": 1, "actor": "usr_admin"}
    with accounts.changing() as roster:
        roster.apply(kind(**header, account_id=user_id, **fields))


def add_account(
    accounts: Accounts, name: str, role: Role = Role.ADMIN, *, sees_numbers: bool = False
) -> str:
    """The id of somebody's account, which has this role from now on."""
    user_id = accounts.id_to_sign_in(name)
    apply(accounts, AccountAdded, user_id, role=role, sees_numbers=sees_numbers)
    return user_id


def set_password(accounts: Accounts, name: str, password: str) -> None:
    """Give somebody a password, who becomes an administrator where there is no account."""
    password_hash = accounts.hash_of(password)
    account = accounts.with_name(name)
    user_id = account.user_id if account and account.access else add_account(accounts, name)
    with accounts.changing() as roster:
        roster.set_password(user_id, password_hash)


def disable(accounts: Accounts, user_id: str) -> None:
    """Shut somebody out."""
    apply(accounts, AccountDisabled, user_id)
