"""Makes and revokes tokens of the API, of people and of systems; each change is recorded first.

The secret of a token is in no event. What a crash leaves between the event and the row opens
nothing.
"""

import secrets

from ledger.domain.events import ApiTokenMade, ApiTokenRevoked
from ledger.domain.vocabulary import Role
from ledger.errors import BadInput, Refused
from webapp.account_changes import Change
from webapp.accounts import Accounts
from webapp.accounts.api_tokens import MOST_OF_OWNER, ApiToken, TokenOrder, TokenState
from webapp.accounts.names import check_can_be_typed, cleaned_name
from webapp.accounts.token_format import new_api_token, start_of_token
from webapp.people import ADMIN_SEES_ALL, People, check_enabled
from webapp.permissions import Access


class TokenChanges:
    """Makes and revokes tokens. `by` is the user id of who does it; raises `StoreUnavailable`."""

    def __init__(self, people: People, accounts: Accounts) -> None:
        self._people, self._accounts = people, accounts

    def add(self, user_id: str, order: TokenOrder, by: str, maker: Access) -> tuple[ApiToken, str]:
        """Make a token that acts as a person; return it, and its secret.

        Raises `BadInput`, `NotFound`, and `Refused` where it could do more than the person or
        `maker`, who makes it, or where the account is disabled.
        """
        with self._people.changing(user_id) as change:
            account = change.account
            check_enabled(account)
            if account.access is None or order.access.exceeds(account.access):
                raise Refused(f"A token of {account.name} may do no more than {account.name} may.")
            return self._add(change, user_id, order, by, maker)

    def add_of_system(self, order: TokenOrder, by: str, maker: Access) -> tuple[ApiToken, str]:
        """Make a token for a system, which acts under an id of its own; return it, and its secret.

        The same name is the same system. Raises as `add` does.
        """
        with self._people.changing_any() as change:
            return self._add(change, change.roster.system_id(order.name), order, by, maker)

    def revoke(self, token_id: str, by: str) -> ApiToken:
        """End a token now. Raises `NotFound`, and `Refused` where it has ended."""
        with self._people.changing_any() as change:
            token = self._accounts.api_tokens.with_id(token_id)
            if (state := token.state_at(self._accounts.clock.now())) is not TokenState.ACTIVE:
                raise Refused(f"This token is {state} already; nothing accepts it.")
            change.record(by, ApiTokenRevoked, token.owner_id, token_id=token_id)
            return token

    def _add(
        self, change: Change, owner_id: str, order: TokenOrder, by: str, maker: Access
    ) -> tuple[ApiToken, str]:
        """Record the token, then store it."""
        order.check()
        if order.access.office_ids and order.access.role is Role.ADMIN:
            raise Refused(ADMIN_SEES_ALL)
        if order.access.exceeds(maker):
            raise Refused("A token may do no more than you may. Choose another role for it.")
        if change.roster.active_tokens(owner_id) >= MOST_OF_OWNER:
            raise Refused(f"There are {MOST_OF_OWNER} tokens already. Revoke one of them first.")
        now, secret = self._accounts.clock.now(), new_api_token()
        token = ApiToken(
            token_id="tok_" + secrets.token_hex(8),
            start=start_of_token(secret),
            owner_id=owner_id,
            name=_checked_name(order.name),
            access=order.access,
            made_at=now,
            made_by=by,
            expires_at=now + order.lifetime,
            revoked_at=None,
            used_at=None,
        )
        change.record(
            by,
            ApiTokenMade,
            owner_id,
            token_id=token.token_id,
            role=token.access.role,
            sees_numbers=token.access.sees_numbers,
            office_ids=tuple(sorted(token.access.office_ids)),
            expires_at=token.expires_at,
        )
        change.roster.add_token(secret, token)
        return token, secret


def _checked_name(name: str) -> str:
    try:
        cleaned = cleaned_name(name)
        check_can_be_typed(cleaned)
    except BadInput as error:
        raise BadInput(
            "The name of a token says which program uses it: 1 to 64 characters on one line."
        ) from error
    return cleaned
