"""Who is let in by the identity provider, and as what; each change of an account is an event."""

from contextlib import suppress

from ledger.domain.actors import IDENTITY_PROVIDER
from ledger.domain.events import AccountProviderLinked
from ledger.domain.vocabulary import Role
from ledger.errors import BadInput, Refused
from webapp.accounts import Accounts
from webapp.accounts.identities import identity_of
from webapp.oidc.provider import ProvenPerson
from webapp.people import People
from webapp.sign_in_settings import OidcSettings


class Admission:
    """Finds or makes the account of a person whom the provider proved."""

    def __init__(self, settings: OidcSettings, accounts: Accounts, people: People) -> None:
        self._settings, self._accounts, self._people = settings, accounts, people

    def admit(self, person: ProvenPerson) -> str:
        """Return the user id of somebody, whose role follows their groups.

        Raises `Refused` with a sentence for the person and the admin, and `StoreUnavailable`.
        """
        role = self._settings.role_of(person.groups)
        if role is None:
            raise Refused(
                "Your account there is in no group that may use Delivery Ledger. Ask your "
                "administrator: LEDGER_OIDC_ROLES says which groups may."
            )
        identity = identity_of(self._settings.issuer, person.subject)
        user_id = self._accounts.identities.owner_of(identity)
        if user_id is None:
            user_id = self._new(person.name)
            self._people.admit_by_provider(user_id, role, identity, IDENTITY_PROVIDER)
        else:
            self._follow(user_id, role)
        return user_id

    def link(self, user_id: str, person: ProvenPerson) -> None:
        """Bind the account of somebody who is signed in. Raises `Refused`."""
        identity = identity_of(self._settings.issuer, person.subject)
        with self._people.changing(user_id) as change:
            owner = change.roster.owner_of(identity)
            if owner not in {None, user_id}:
                raise Refused("That account belongs to somebody else here. Ask an administrator.")
            if owner is None:
                change.record(user_id, AccountProviderLinked, user_id, identity=identity)

    def check_owner(self, user_id: str, person: ProvenPerson) -> None:
        """Raise `Refused` unless the account of somebody who is signed in is this person's."""
        identity = identity_of(self._settings.issuer, person.subject)
        if self._accounts.identities.owner_of(identity) != user_id:
            raise Refused(
                "You proved to be somebody else than you are signed in as. Nothing was done; sign "
                "in there with your own account."
            )

    def _new(self, name: str) -> str:
        """Return the user id for a name that has no account. Raises `Refused`."""
        account = self._accounts.with_name(name)
        if account and account.access:
            raise Refused(
                f"There is an account {account.name} here already, which is not linked with "
                "yours. If it is yours, sign in with its password and link it on the page Your "
                "account. Else an administrator removes it."
            )
        try:
            return self._accounts.id_to_sign_in(name)
        except BadInput as error:
            raise Refused(f"Your name there cannot be used here. {error}") from error

    def _follow(self, user_id: str, role: Role) -> None:
        """Give an account the role of the groups; the last admin stays one. Raises `Refused`."""
        account = self._accounts.with_id(user_id)
        if account is None or account.is_disabled:
            raise Refused("Your account is disabled. Ask your administrator to enable it.")
        if account.access and account.access.role is not role:
            with suppress(Refused):
                self._people.change_role(user_id, role, IDENTITY_PROVIDER)
