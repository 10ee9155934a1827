"""By what somebody can sign in: the one place that says whether an account has a way in.

A further means is added here; the rule of the last admin then counts it. An account at an identity
provider does not count, as it is taken away there, unless the provider alone signs people in.
"""

from datetime import datetime

import sqlalchemy as sa

from ledger.clock import to_microseconds
from webapp.accounts.factor_tables import passkeys
from webapp.accounts.identities import identities
from webapp.accounts.table import sign_in_links, staff


def is_admitted() -> sa.ColumnElement[bool]:
    """Return the condition that a row of staff is an account that is not disabled."""
    return sa.and_(staff.c.role.is_not(None), staff.c.disabled_at.is_(None))


def has_lasting_way_in(*, is_provider_only: bool) -> sa.ColumnElement[bool]:
    """Return the condition that an account can be signed in to as often as its owner wants.

    `is_provider_only`: neither a password nor a passkey signs anybody in.
    """
    if is_provider_only:
        return sa.exists().where(identities.c.user_id == staff.c.user_id)
    has_passkey = sa.exists().where(passkeys.c.user_id == staff.c.user_id)
    return sa.or_(staff.c.password_hash.is_not(None), has_passkey)


def has_way_in(now: datetime, *, is_provider_only: bool) -> sa.ColumnElement[bool]:
    """Return the condition that an account can be signed in to, if only once, by a link."""
    column = sign_in_links.c
    has_link = sa.exists().where(
        column.user_id == staff.c.user_id, column.expires_at > to_microseconds(now)
    )
    return sa.or_(has_lasting_way_in(is_provider_only=is_provider_only), has_link)
