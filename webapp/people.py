"""Who may sign in, and as what: the changes of people's accounts, and what each refuses."""

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta

from ledger.commands.people import RecordAccountChange, RecordLeaving
from ledger.commands.permalinks import RevokePermalink
from ledger.domain.events import (
    AccountAccessGiven,
    AccountAdded,
    AccountAddedByProvider,
    AccountDisabled,
    AccountEnabled,
    AccountOfficesSet,
    AccountRemoved,
    AccountRoleChanged,
    AccountSessionsEnded,
)
from ledger.domain.offices import STREAM as OFFICES
from ledger.domain.offices import Offices
from ledger.domain.vocabulary import Role, SignInMeans
from ledger.errors import NotFound, Refused
from webapp.account_changes import AccountChanges, apply_change, change_of
from webapp.accounts.account import Account
from webapp.accounts.roster import Roster
from webapp.permalinks import open_permalinks_of

_LAST_ADMIN = (
    "{name} is the only admin who can sign in. Make somebody else an admin first, who can sign in "
    "or has a sign-in link, or nobody could change people, settings and keys on the pages."
)

ADMIN_SEES_ALL = (
    "An admin sees all offices. Give this account another role first, then choose its offices."
)

_NO_ADMIN = (
    "There is no admin here yet. The first account is an admin's: somebody whose group is mapped "
    "to admin signs in first, or `delivery-ledger user add` makes one."
)


class People(AccountChanges):
    """Changes accounts. `by` is the user id of who does it.

    Every method raises `StoreUnavailable`, and then nothing changed, unless it is
    `CommitUnconfirmed`. What names a `request` is done once; a repeat refuses nothing.
    """

    def add(
        self,
        name: str,
        role: Role,
        by: str,
        *,
        sees_numbers: bool = False,
        request: str | None = None,
    ) -> Account:
        """Give somebody an account. Raises `BadInput` for a name that nobody could type.

        Else as `admit`.
        """
        user_id = self._accounts.id_to_sign_in(name)
        return self.admit(user_id, role, by, sees_numbers=sees_numbers, request=request)

    def admit(
        self,
        user_id: str,
        role: Role,
        by: str,
        *,
        sees_numbers: bool = False,
        request: str | None = None,
    ) -> Account:
        """Give a name of the command line an account; the first one of all is an admin's.

        Raises `Refused` for a name that has one.
        """
        with self._changing() as roster:
            if not self._is_done(request):
                _check_is_new(roster, user_id)
                role = role if roster.has_account else Role.ADMIN
                shows = sees_numbers and role is Role.VIEWER
                added = {"role": role, "sees_numbers": shows, "request": request}
                self._record(roster, by, AccountAdded, user_id, **added)
            return roster.account(user_id)

    def change_role(
        self,
        user_id: str,
        role: Role,
        by: str,
        *,
        sees_numbers: bool = False,
        request: str | None = None,
    ) -> Account:
        """Give an account another role. Raises `NotFound`, and `Refused` for the last admin."""
        shows = sees_numbers and role is Role.VIEWER
        with self._changing() as roster:
            access = roster.account(user_id).access
            is_other = access is not None and (access.role, access.sees_numbers) != (role, shows)
            if access and is_other and not self._is_done(request):
                self._check_not_last(roster, user_id, keeps=role is Role.ADMIN)
                change = {"old_role": access.role, "role": role, "sees_numbers": shows}
                self._record(roster, by, AccountRoleChanged, user_id, **change, request=request)
            return roster.account(user_id)

    def set_offices(
        self, user_id: str, office_ids: Collection[str], by: str, *, request: str | None = None
    ) -> Account:
        """Let somebody see only the campaigns of these offices; without any, those of all.

        Raises `NotFound` for somebody or an office that there is not, and `Refused` for an admin.
        """
        offices = self._ledger.reader.load(Offices, OFFICES)
        chosen = frozenset(offices.office(each).office_id for each in office_ids)
        with self._changing() as roster:
            access = roster.account(user_id).access
            if access and access.office_ids != chosen and not self._is_done(request):
                if access.role is Role.ADMIN and chosen:
                    raise Refused(ADMIN_SEES_ALL)
                change = {"office_ids": tuple(sorted(chosen)), "request": request}
                self._record(roster, by, AccountOfficesSet, user_id, **change)
            return roster.account(user_id)

    def disable(self, user_id: str, by: str, *, request: str | None = None) -> int:
        """Shut somebody out: end sessions, void links and the password, and revoke permalinks.

        Returns how many permalinks were revoked. Raises `NotFound`, and `Refused` for the last
        admin.
        """
        revoked = 0
        with self._changing() as roster:
            if not roster.account(user_id).is_disabled:
                if self._is_done(request):
                    return 0  # somebody enabled it since
                self._check_not_last(roster, user_id)
                revoked = self._shut_out(roster, by, AccountDisabled, user_id, request)
        return revoked + self._revoke_rest(user_id, by)

    def enable(self, user_id: str, by: str, *, request: str | None = None) -> None:
        """Let a disabled account be used again, with a new password or link. Raises `NotFound`."""
        with self._changing() as roster:
            if roster.account(user_id).is_disabled and not self._is_done(request):
                self._record(roster, by, AccountEnabled, user_id, request=request)

    def remove(self, user_id: str, by: str, *, request: str | None = None) -> int:
        """Shut somebody out for good; the name stays for what the person did.

        Returns and raises what `disable` does.
        """
        revoked = 0
        with self._changing() as roster:
            if not self._is_done(request):
                roster.account(user_id)
                self._check_not_last(roster, user_id)
                revoked = self._shut_out(roster, by, AccountRemoved, user_id, request)
        return revoked + self._revoke_rest(user_id, by)

    def sign_out(self, user_id: str, by: str, *, request: str | None = None) -> None:
        """End all sessions of somebody, and void their links. Raises `NotFound`."""
        with self._changing() as roster:
            roster.account(user_id)
            if not self._is_done(request):
                ended = {"is_everywhere": True, "request": request}
                self._record(roster, by, AccountSessionsEnded, user_id, **ended)

    def end_session(
        self, user_id: str, session_id: str, by: str, *, request: str | None = None
    ) -> None:
        """End one session of somebody. Raises `NotFound` where it has ended."""
        with self._changing() as roster:
            roster.account(user_id)
            if self._is_done(request):
                return
            if not roster.has_session(user_id, session_id):
                raise NotFound("This session has ended already, or never was.")
            ended = {"is_everywhere": False, "session_id": session_id, "request": request}
            self._record(roster, by, AccountSessionsEnded, user_id, **ended)

    def set_password(self, user_id: str, password: str, by: str) -> None:
        """Give somebody a new password, which ends all sessions and voids all links.

        Raises `BadInput` for a password that breaks the rules, `NotFound`, and `Refused` for an
        account that is disabled.
        """
        password_hash = self._accounts.hash_of(password)
        with self._changing() as roster:
            check_enabled(roster.account(user_id))
            self._record(roster, by, AccountAccessGiven, user_id, means=SignInMeans.PASSWORD)
            roster.set_password(user_id, password_hash)

    def new_link(self, user_id: str, by: str, *, origin: str, lifetime: timedelta) -> str:
        """Return the token of a new sign-in link; see `SignInLinks.new`.

        Raises `NotFound`, and `Refused` for an account that is disabled.
        """
        with self._changing() as roster:
            check_enabled(roster.account(user_id))
            self._record(roster, by, AccountAccessGiven, user_id, means=SignInMeans.LINK)
        return self._accounts.links.new(user_id, origin=origin, lifetime=lifetime)

    def admit_by_provider(self, user_id: str, role: Role, identity: str, by: str) -> Account:
        """Give a name an account that belongs to somebody at the identity provider.

        Raises `Refused` for a name that has an account, for a person who has one, and for a first
        account that is no admin's.
        """
        with self._changing() as roster:
            _check_is_new(roster, user_id)
            if roster.owner_of(identity) is not None:
                raise Refused("This person has an account already. Sign in again.")
            if role is not Role.ADMIN and not roster.has_account:
                raise Refused(_NO_ADMIN)
            self._record(roster, by, AccountAddedByProvider, user_id, role=role, identity=identity)
            return roster.account(user_id)

    def _shut_out(
        self,
        roster: Roster,
        by: str,
        kind: type[AccountDisabled | AccountRemoved],
        account_id: str,
        request: str | None,
    ) -> int:
        """Record that somebody is shut out, and do it; return how many permalinks were revoked."""
        change = RecordAccountChange(by, change_of(kind, account_id, request=request))
        permalink_ids = self._open_permalinks(account_id)
        version, revoked = self._ledger.execute(RecordLeaving(change, permalink_ids)).result()
        apply_change(roster, change, version)
        return revoked

    def _revoke_rest(self, maker: str, by: str) -> int:
        """Revoke what was made while the others were looked up; the ledger refuses further ones."""
        rest = self._open_permalinks(maker)
        for permalink_id in rest:
            self._ledger.execute(RevokePermalink(permalink_id, by)).result()
        return len(rest)

    def _open_permalinks(self, maker: str) -> list[str]:
        return open_permalinks_of(self._ledger.reader, maker, self._ledger.clock.now())

    def _check_not_last(self, roster: Roster, user_id: str, *, keeps: bool = False) -> None:
        if not keeps and roster.is_last_admin(user_id):
            raise Refused(_LAST_ADMIN.format(name=roster.account(user_id).name))


def _check_is_new(roster: Roster, user_id: str) -> None:
    with suppress(NotFound):
        account = roster.account(user_id)
        raise Refused(
            f"{account.name} has an account already. Nothing was changed; the role, and whether "
            "the account is disabled, are changed on their own."
        )


def check_enabled(account: Account) -> None:
    """Raise `Refused` for an account that is disabled."""
    if account.is_disabled:
        raise Refused(
            f"{account.name} is disabled, so nothing lets {account.name} in. Enable the account "
            f"first: `delivery-ledger user enable {account.name}`, or on the People page."
        )
