"""The staff as Flask-Security wants to see them: its user class over `Accounts`, no SQL."""

from dataclasses import dataclass
from typing import Any

from flask_security import RoleMixin, UserMixin
from flask_security.datastore import UserDatastore

from webapp.accounts.accounts import Account, Accounts


@dataclass(eq=False)
class StaffMember(UserMixin):
    """Whoever is signed in (`current_user`). Flask-Security chose the last three names.

    The defaults are never used; Flask-Security looks for the attributes on the class.
    """

    user_id: str = ""
    username: str = ""
    password: str | None = None
    fs_uniquifier: str = ""

    active = True
    """No account is ever switched off: a new password keeps its former owner out."""


class StaffDatastore(UserDatastore):
    """Reads and writes at once, each in its own short transaction."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__(StaffMember, RoleMixin)
        self._accounts = accounts

    def find_user(
        self,
        case_insensitive: bool = False,  # noqa: ARG002, FBT001, FBT002 - Flask-Security's signature
        **kwargs: Any,
    ) -> StaffMember | None:
        """The staff member whose one given attribute has this value."""
        find = {
            "fs_uniquifier": self._accounts.with_session,
            "user_id": self._accounts.with_id,
            "username": self._accounts.with_name,
        }
        ((attribute, value),) = kwargs.items()
        account = find[attribute](str(value))
        return _as_staff_member(account) if account else None

    def put(self, model: StaffMember) -> StaffMember:
        """Keep a changed password or a renewed session key."""
        self._accounts.save(
            Account(
                user_id=model.user_id,
                name=model.username,
                password_hash=model.password,
                session_key=model.fs_uniquifier,
            )
        )
        return model

    def commit(self) -> None:
        """Nothing waits to be committed."""


def _as_staff_member(account: Account) -> StaffMember:
    return StaffMember(
        user_id=account.user_id,
        username=account.name,
        password=account.password_hash,
        fs_uniquifier=account.session_key,
    )
