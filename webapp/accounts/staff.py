"""Staff accounts as Flask-Security expects them: its user class and datastore over `Accounts`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import request
from flask_security import RoleMixin, UserMixin

from webapp.accounts.account import Account
from webapp.accounts.accounts import Accounts
from webapp.accounts.devices import known_device, remember_device
from webapp.accounts.factor_attributes import FactorAttributes
from webapp.accounts.factor_datastore import FactorDatastore
from webapp.accounts.factors import Factors, Passkey
from webapp.accounts.first_step import owner_of_note
from webapp.accounts.limits import Attempt, Origin
from webapp.accounts.names import name_key
from webapp.accounts.sessions import SessionOrigin, new_token
from webapp.accounts.try_later import TooManyFailures
from webapp.permissions import Access, Permission

if TYPE_CHECKING:
    from webapp.factors import FactorChanges


@dataclass(eq=False)
class StaffMember(FactorAttributes, UserMixin):  # type: ignore[misc,override]
    """The person who is signed in (`current_user`), or who is about to sign in.

    Flask-Security chose the names `username`, `password` and `fs_uniquifier`, and looks for them on
    the class, hence the defaults.
    """

    user_id: str = ""
    username: str = ""
    password: str | None = None
    """The hash."""
    fs_uniquifier: str = ""
    """The token of this session; a new one becomes a session when somebody signs in with it."""
    ends_sessions: bool = False
    """Whether storing this member ends all sessions."""
    epoch: int = 0
    """That of the account when it was looked up."""

    access: Access | None = None
    active: bool = False
    """Whether the account may be used; one that is disabled has neither password nor sessions."""
    find_factors: Callable[[], Factors] = Factors
    matched_counter: int | None = None
    """Which code of the authenticator app was found right in this request."""

    def may(self, permission: Permission) -> bool:
        """Whether this person has a permission."""
        return self.access is not None and self.access.may(permission)


class StaffDatastore(FactorDatastore):
    """Each call reads or writes in a short transaction of its own."""

    def __init__(
        self,
        accounts: Accounts,
        client_address: Callable[[], str],
        factor_changes: "FactorChanges | None" = None,
        factor_key: bytes = b"",
    ) -> None:
        """Keep staff in `accounts`; `client_address` returns where the present request is from."""
        super().__init__(StaffMember, RoleMixin)
        self._accounts, self._client_address = accounts, client_address
        self._changes, self._factor_key = factor_changes, factor_key

    def now(self) -> datetime:
        """Return the time."""
        return self._accounts.clock.now()

    def find_user(
        self,
        case_insensitive: bool = False,  # noqa: ARG002, FBT001, FBT002 - Flask-Security's signature
        **kwargs: Any,
    ) -> StaffMember | None:
        """Return the staff member whose attribute, the only keyword, has this value."""
        ((attribute, value),) = kwargs.items()
        if attribute == "fs_uniquifier":
            return self._with_session(str(value)) or self._after_first_step(str(value))
        lookups = {"user_id": self._accounts.with_id, "username": self._accounts.with_name}
        account = lookups[attribute](str(value))
        return self._member(account) if account and account.may_sign_in else None

    def signing_in(self, name: str, member: StaffMember | None) -> AbstractContextManager[Attempt]:
        """Count an attempt to sign in; `member` is whose name it is. Raises `TryLater`."""
        user_id = member.user_id if member else None
        now = self._accounts.clock.now()
        device = known_device(member.user_id, member.epoch, now) if member else None
        origin = Origin(address=self._client_address(), device=device)
        return self._in_queue(self._accounts.limits.begin(name_key(name), user_id, origin))

    def giving_code(self, member: StaffMember) -> Attempt:
        """Count an attempt to give the code that follows the password. Raises `TryLater`."""
        return self._accounts.limits.begin_code(name_key(member.username), member.user_id)

    def changing_password(self, user_id: str) -> AbstractContextManager[Attempt]:
        """Count an attempt to change a password. Raises `TryLater`."""
        return self._in_queue(self._accounts.limits.begin_change(user_id))

    @contextmanager
    def _in_queue(self, attempt: Attempt) -> Iterator[Attempt]:
        """Count an attempt once there is a place to hash, so that a busy server writes nothing."""
        with self._accounts.hasher.place(), attempt:
            yield attempt

    def count_failed_sign_in(self, member: StaffMember | None) -> None:
        """Count a failed sign-in with this member's name; None: with a name that nobody has."""
        self._accounts.failed_sign_ins.count(member.user_id if member else None)

    def count_wrong_link(self) -> None:
        """Count a wrong sign-in link, unless many came from this address lately."""
        address = self._client_address()
        with suppress(TooManyFailures), self._accounts.limits.begin_link(address):
            self._accounts.failed_sign_ins.count(None)

    def start_session(self, member: StaffMember) -> None:
        """Let the token of this member count. Raises `Refused` if the account changed."""
        origin = SessionOrigin(self._client_address(), request.user_agent.string)
        self._accounts.sessions.start(member.fs_uniquifier, member.user_id, member.epoch, origin)

    def end_session(self, member: StaffMember) -> None:
        """Let the token of this member, and each copy of it, count no more."""
        self._accounts.sessions.end(member.fs_uniquifier)

    def remember_address(self, member: StaffMember) -> None:
        """Let this address be known for this member from now on."""
        self._accounts.limits.remember(member.user_id, self._client_address())

    def remember_device(self, member: StaffMember) -> None:
        """Let this device be known for this member, with a limit of its own."""
        remember_device(member.user_id, member.epoch, self._accounts.clock.now())

    def set_uniquifier(self, user: Any, uniquifier: str | None = None) -> None:
        """Give a member whose password changes a new session; `put` ends all others."""
        user.fs_uniquifier = uniquifier or new_token()
        user.ends_sessions = True

    def put(self, model: StaffMember | Passkey) -> StaffMember | Passkey:
        """Store a changed password, or that a passkey was used."""
        if isinstance(model, Passkey):
            self._accounts.factors.use_passkey(model)
            return model
        account = Account(
            user_id=model.user_id,
            name=model.username,
            password_hash=model.password,
            epoch=model.epoch,
        )
        if model.ends_sessions:
            model.epoch = self._accounts.renew(account)
        else:
            self._accounts.save(account)
        return model

    def commit(self) -> None:
        """Do nothing: `put` has committed."""

    def _with_session(self, token: str) -> StaffMember | None:
        account = self._accounts.sessions.owner_of(token)
        return self._member(account, token) if account and account.may_sign_in else None

    def _after_first_step(self, note: str) -> StaffMember | None:
        """Return whose password was right a short time ago, unless the account changed since."""
        owner = owner_of_note(note, self.now())
        member = self.find_user(user_id=owner.user_id) if owner else None
        return member if owner and member and member.epoch == owner.epoch else None

    def _member(self, account: Account, token: str | None = None) -> StaffMember:
        return StaffMember(
            user_id=account.user_id,
            username=account.name,
            password=account.password_hash,
            epoch=account.epoch,
            access=account.access,
            active=account.may_sign_in,
            fs_uniquifier=token or new_token(),
            find_factors=partial(self._accounts.factors.of, account.user_id),
        )
