"""Which account belongs to whom at the identity provider: bound at the first sign-in, for good.

What is stored of a person there is a digest of the issuer and of the provider's id for them.
"""

import hashlib

import sqlalchemy as sa

from ledger.store.engine import reading
from webapp.accounts.table import metadata

identities = sa.Table(
    "provider_identities",
    metadata,
    sa.Column("identity", sa.Text, primary_key=True, comment="SHA-256 of issuer and subject"),
    sa.Column("user_id", sa.Text, nullable=False, unique=True),
)


def identity_of(issuer: str, subject: str) -> str:
    """Return the digest that stands for somebody at a provider."""
    return hashlib.sha256(f"{issuer}\0{subject}".encode()).hexdigest()


class Identities:
    """The bindings of all people; raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def owner_of(self, identity: str) -> str | None:
        """Return the id of the account that is bound; None if there is none."""
        with reading(self._engine) as connection:
            return owner_of(connection, identity)

    def is_linked(self, user_id: str) -> bool:
        """Whether this account belongs to somebody at the provider."""
        query = sa.select(sa.exists().where(identities.c.user_id == user_id))
        with reading(self._engine) as connection:
            return bool(connection.scalar(query))


def owner_of(connection: sa.Connection, identity: str) -> str | None:
    """Return the id of the account that is bound; None if there is none."""
    query = sa.select(identities.c.user_id).where(identities.c.identity == identity)
    user_id: str | None = connection.scalar(query)
    return user_id


def bind(connection: sa.Connection, identity: str, user_id: str) -> None:
    """Bind an account, in the place of an earlier binding of either; a repeat changes nothing."""
    column = identities.c
    either = sa.or_(column.identity == identity, column.user_id == user_id)
    connection.execute(sa.delete(identities).where(either))
    connection.execute(sa.insert(identities).values(identity=identity, user_id=user_id))


def unbind(connection: sa.Connection, user_id: str) -> None:
    """Forget to whom at the provider an account belongs."""
    connection.execute(sa.delete(identities).where(identities.c.user_id == user_id))
