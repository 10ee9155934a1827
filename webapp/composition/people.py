"""Who may sign in, and what changes that."""

from collections import Counter
from typing import TYPE_CHECKING

from ledger.lazy_property import lazy_property
from webapp.composition.part import part

if TYPE_CHECKING:
    from webapp.accounts import Accounts
    from webapp.factors import FactorChanges
    from webapp.people import People
    from webapp.token_changes import TokenChanges


class PeopleParts:
    """The parts about accounts."""

    accounts: "part[Accounts]" = part("webapp.parts.accounts:accounts")
    """Staff with their ids, names, passwords and sign-in links."""
    people: "part[People]" = part("webapp.parts.accounts:people")
    """Changes who may sign in, and as what."""
    factors: "part[FactorChanges]" = part("webapp.parts.accounts:factors")
    """Changes passkeys, two-factor sign-in and recovery codes."""
    token_changes: "part[TokenChanges]" = part("webapp.parts.accounts:token_changes")
    """Makes and revokes tokens of the API."""

    @lazy_property
    def sign_in_counts(self) -> Counter[str]:
        """Sign-ins of this process: "waited" (after too many) and "busy" (too many at once)."""
        return Counter()
