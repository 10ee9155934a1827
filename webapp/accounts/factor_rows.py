"""Passkeys, two-factor and recovery codes inside one transaction that changes accounts."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from ledger.clock import to_microseconds
from ledger.domain.events import (
    AccountEvent,
    AccountFactorsReset,
    AccountPasskeyRemoved,
    AccountRecoveryCodeUsed,
    AccountTwoFactorTurnedOff,
)
from webapp.accounts.factor_tables import FACTOR_TABLES, passkeys, recovery_codes, two_factor


class FactorRows:
    """The rows of all people, under the lock of one transaction."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self._connection, self._now = connection, now

    def apply(self, event: AccountEvent) -> None:
        """End what the event ends; a repeat changes nothing.

        What an event adds is a secret, which is not in it: the methods below store that.
        """
        user_id = event.account_id
        match event:
            case AccountTwoFactorTurnedOff():
                self._delete(two_factor, user_id)
                self._delete(recovery_codes, user_id)
            case AccountRecoveryCodeUsed():
                self._delete(recovery_codes, user_id, recovery_codes.c.number == event.number)
            case AccountPasskeyRemoved():
                self._delete(passkeys, user_id, passkeys.c.passkey_id == event.passkey_id)
            case AccountFactorsReset():
                end_factors(self._connection, user_id)

    def turn_on_two_factor(self, user_id: str, secret: str, last_counter: int | None) -> None:
        """Store the secret of an authenticator app in the place of another."""
        self._delete(two_factor, user_id)
        row = {"user_id": user_id, "secret": secret, "last_counter": last_counter}
        self._connection.execute(sa.insert(two_factor).values(row))

    def set_recovery_codes(self, user_id: str, digests: Mapping[int, str]) -> None:
        """Store recovery codes in the place of all others."""
        self._delete(recovery_codes, user_id)
        rows = [
            {"user_id": user_id, "number": number, "digest": digest}
            for number, digest in digests.items()
        ]
        self._connection.execute(sa.insert(recovery_codes), rows)

    def add_passkey(
        self,
        passkey_id: str,
        user_id: str,
        *,
        name: str,
        credential_id: bytes,
        public_key: bytes,
        sign_count: int,
        transports: str,
    ) -> None:
        """Store a passkey that was registered now."""
        values = {
            "passkey_id": passkey_id,
            "user_id": user_id,
            "name": name,
            "credential_id": credential_id,
            "public_key": public_key,
            "sign_count": sign_count,
            "transports": transports,
            "added_at": to_microseconds(self._now),
        }
        self._connection.execute(sa.insert(passkeys).values(values))

    def has_recovery_code(self, user_id: str, number: int) -> bool:
        """Whether this code of somebody was not used yet."""
        return self._has(recovery_codes, user_id, recovery_codes.c.number == number)

    def has_passkey(self, user_id: str, passkey_id: str) -> bool:
        """Whether somebody has this passkey."""
        return self._has(passkeys, user_id, passkeys.c.passkey_id == passkey_id)

    def has_passkey_named(self, user_id: str, name: str) -> bool:
        """Whether somebody has a passkey of this name."""
        return self._has(passkeys, user_id, passkeys.c.name == name)

    def count_passkeys(self, user_id: str) -> int:
        """Return how many passkeys somebody has."""
        of_user = sa.select(sa.func.count()).where(passkeys.c.user_id == user_id)
        return self._connection.scalar(of_user) or 0

    def has_two_factor(self, user_id: str) -> bool:
        """Whether somebody has an authenticator app."""
        return self._has(two_factor, user_id)

    def _has(self, table: sa.Table, user_id: str, *where: sa.ColumnElement[bool]) -> bool:
        query = sa.select(sa.exists().where(table.c.user_id == user_id, *where))
        return bool(self._connection.scalar(query))

    def _delete(self, table: sa.Table, user_id: str, *where: sa.ColumnElement[bool]) -> None:
        self._connection.execute(sa.delete(table).where(table.c.user_id == user_id, *where))


def end_factors(connection: sa.Connection, user_id: str) -> None:
    """End the passkeys, the two-factor sign-in and the recovery codes of this person."""
    for table in FACTOR_TABLES:
        connection.execute(sa.delete(table).where(table.c.user_id == user_id))
