"""Adds and ends passkeys, two-factor sign-in and recovery codes; each change is recorded first.

A passkey, a secret of an app and a recovery code are in no event. So after a crash between the two
an event may say that something was added that was not, never the other way round.
"""

import secrets
from collections.abc import Mapping, Sequence

from ledger.domain.events import (
    AccountFactorsReset,
    AccountPasskeyAdded,
    AccountPasskeyRemoved,
    AccountRecoveryCodesMade,
    AccountRecoveryCodeUsed,
    AccountTwoFactorTurnedOff,
    AccountTwoFactorTurnedOn,
)
from ledger.errors import Refused
from webapp.account_changes import AccountChange, AccountChanges

MOST_PASSKEYS = 20


class FactorChanges:
    """Changes for the person who is signed in, whose `epoch` is that of the request.

    Raises `NotFound` for an account that was removed, `Refused` where it was disabled or reset
    meanwhile, and `StoreUnavailable`.
    """

    def __init__(self, people: AccountChanges) -> None:
        self._people = people

    def turn_on_two_factor(
        self, user_id: str, epoch: int, secret: str, last_counter: int | None
    ) -> None:
        """Ask for codes of an authenticator app with this encrypted secret from now on."""
        with self._people.changing(user_id) as change:
            _check_unchanged(change, epoch)
            change.record(user_id, AccountTwoFactorTurnedOn, user_id)
            change.roster.factors.turn_on_two_factor(user_id, secret, last_counter)

    def turn_off_two_factor(self, user_id: str, epoch: int) -> None:
        """Let the password count alone again."""
        with self._people.changing(user_id) as change:
            _check_unchanged(change, epoch)
            if change.roster.factors.has_two_factor(user_id):
                change.record(user_id, AccountTwoFactorTurnedOff, user_id)

    def set_recovery_codes(self, user_id: str, epoch: int, digests: Mapping[int, str]) -> None:
        """Replace the recovery codes. Raises `Refused` without two-factor sign-in."""
        with self._people.changing(user_id) as change:
            _check_unchanged(change, epoch)
            if not change.roster.factors.has_two_factor(user_id):
                raise Refused("Turn two-factor sign-in on first; recovery codes belong to it.")
            change.record(user_id, AccountRecoveryCodesMade, user_id)
            change.roster.factors.set_recovery_codes(user_id, digests)

    def use_recovery_code(self, user_id: str, epoch: int, number: int) -> None:
        """Use a code up. Raises `Refused` for one that was used at the same moment."""
        with self._people.changing(user_id) as change:
            _check_unchanged(change, epoch)
            if not change.roster.factors.has_recovery_code(user_id, number):
                raise Refused("This recovery code was used already. Sign in again with another.")
            change.record(user_id, AccountRecoveryCodeUsed, user_id, number=number)

    def add_passkey(
        self,
        user_id: str,
        epoch: int,
        *,
        name: str,
        credential_id: bytes,
        public_key: bytes,
        sign_count: int,
        transports: Sequence[str],
    ) -> None:
        """Let somebody sign in with a passkey from now on.

        Raises `Refused` beyond twenty, and for the name of another passkey of the same person.
        """
        passkey_id = "key_" + secrets.token_hex(8)
        with self._people.changing(user_id) as change:
            _check_unchanged(change, epoch)
            if change.roster.factors.count_passkeys(user_id) >= MOST_PASSKEYS:
                raise Refused(f"You have {MOST_PASSKEYS} passkeys. Remove one first.")
            if change.roster.factors.has_passkey_named(user_id, name):
                raise Refused("You have a passkey of this name. Write another.")
            change.record(user_id, AccountPasskeyAdded, user_id, passkey_id=passkey_id)
            change.roster.factors.add_passkey(
                passkey_id,
                user_id,
                name=name,
                credential_id=credential_id,
                public_key=public_key,
                sign_count=sign_count,
                transports=" ".join(transports),
            )

    def remove_passkey(self, user_id: str, epoch: int, passkey_id: str) -> None:
        """End a passkey; nothing happens where it has ended."""
        with self._people.changing(user_id) as change:
            _check_unchanged(change, epoch)
            if change.roster.factors.has_passkey(user_id, passkey_id):
                change.record(user_id, AccountPasskeyRemoved, user_id, passkey_id=passkey_id)

    def reset(self, user_id: str, by: str, *, request: str | None = None) -> None:
        """End two-factor sign-in, passkeys, sessions and links of somebody. Raises `NotFound`.

        The same `request` does so once.
        """
        with self._people.changing(user_id) as change:
            if not change.is_done(request):
                change.record(by, AccountFactorsReset, user_id, request=request)


def _check_unchanged(change: AccountChange, epoch: int) -> None:
    if change.account.is_disabled or change.account.epoch != epoch:
        raise Refused("Your account was changed meanwhile. Sign in again.")
