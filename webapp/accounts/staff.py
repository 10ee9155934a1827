"""Staff accounts as Flask-Security expects them: its user class and datastore over `Accounts`."""

from dataclasses import dataclass
from typing import Any

from flask_security import RoleMixin, UserMixin
from flask_security.datastore import UserDatastore

from webapp.accounts.accounts import Account, Accounts


@dataclass(eq=False)
class StaffMember(UserMixin):
    """The person who is signed in (`current_user`).

    Flask-Security chose the last three names, and looks for them on the class, hence the defaults.
    """

    user_id: str = ""
    username: str = ""
    password: str | None = None
    fs_uniquifier: str = ""

    active = True
    """No account is ever disabled: a new password locks its former owner out."""


class StaffDatastore(UserDatastore):
    """Each call reads or writes in a short transaction of its own."""

    def __init__(self, accounts: Accounts) -> None:
        super().__init__(StaffMember, RoleMixin)
        self._accounts = accounts

    def find_user(
        self,
        case_insensitive: bool = False,  # noqa: ARG002, FBT001, FBT002 - Flask-Security's signature
        **kwargs: Any,
    ) -> StaffMember | None:
        """Return the staff member whose attribute, the only keyword, has this value."""
        lookups = {
            "fs_uniquifier": self._accounts.with_session,
            "user_id": self._accounts.with_id,
            "username": self._accounts.with_name,
        }
        ((attribute, value),) = kwargs.items()
        account = lookups[attribute](str(value))
        return _as_staff_member(account) if account else None

    def count_failed_sign_in(self, member: StaffMember | None) -> None:
        """Count a failed sign-in with this member's name; None: with a name that nobody has."""
        self._accounts.failed_sign_ins.count(member.user_id if member else None)

    def put(self, model: StaffMember) -> StaffMember:
        """Store a changed password or session key."""
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
        """Do nothing: `put` has committed."""


def _as_staff_member(account: Account) -> StaffMember:
    return StaffMember(
        user_id=account.user_id,
        username=account.name,
        password=account.password_hash,
        fs_uniquifier=account.session_key,
    )
