"""The origins of a ledger: the first lines of its checkpoints, and the names of its signing keys.

A ledger has one, until events or its signing key are lost for good. What is signed from then on
cannot continue what was signed before, so it needs another origin. One element of each is the id of
the ledger:

    texts.school.example/log/7db41f988f474d9e85d26f932d979b5b
    texts.school.example/log/7db41f988f474d9e85d26f932d979b5b/5f3a91c2
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence

import sqlalchemy as sa

from ledger.proof.checkpoint import origin_of
from ledger.store.schema import checkpoints, ledger_head, ledger_info

_NAME = "origins"
_RANDOM_BYTES = 4


def read_origins(connection: sa.Connection) -> Sequence[str]:
    """Every origin that the ledger stores, the present one first; else that of old versions."""
    return _stored(connection) or [origin_of(_ledger_id(connection))]


def claimed_origins(connection: sa.Connection, notes: Iterable[str]) -> Sequence[str]:
    """The stored origins, then those of the notes that name this ledger.

    A restored ledger may have lost the origin that it was given with its first checkpoint.
    """
    origins, ledger_id = list(read_origins(connection)), _ledger_id(connection)
    for origin in (note.partition("\n")[0] for note in notes):
        if origin not in origins and ledger_id in origin.split("/"):
            origins.append(origin)
    return origins


def present_origins(
    connection: sa.Connection, *, signed_here: Callable[[], Collection[str]], address: str | None
) -> Sequence[str]:
    """The origins to sign with, the present one first; chosen before the first checkpoint.

    `signed_here` returns what the signing record knows, the newest last. A ledger without any
    checkpoint takes its origin from there, else from the program's public address without its
    scheme, if it has one.
    """
    if stored := _stored(connection):
        return stored
    ledger_id = _ledger_id(connection)
    if known := [origin for origin in signed_here() if ledger_id in origin.split("/")]:
        return known[::-1]
    is_signed = connection.scalar(sa.select(checkpoints.c.number).limit(1)) is not None
    if address is None or is_signed:
        return [origin_of(ledger_id)]
    return [f"{address}/log/{ledger_id}"]


def new_origin(origins: Sequence[str]) -> str:
    """An origin that was never used: the first one of the ledger, and random digits."""
    return f"{origins[-1]}/{secrets.token_hex(_RANDOM_BYTES)}"


def store_origins(connection: sa.Connection, origins: Sequence[str]) -> None:
    """Store all origins of the ledger, the present one first."""
    connection.execute(sa.select(ledger_head).with_for_update())
    connection.execute(sa.delete(ledger_info).where(ledger_info.c.name == _NAME))
    row = {"name": _NAME, "value": "\n".join(origins).encode()}
    connection.execute(sa.insert(ledger_info).values(row))


def _stored(connection: sa.Connection) -> list[str]:
    return _info(connection, _NAME).split()


def _ledger_id(connection: sa.Connection) -> str:
    return _info(connection, "ledger_id")


def _info(connection: sa.Connection, name: str) -> str:
    value: bytes | None = connection.scalar(
        sa.select(ledger_info.c.value).where(ledger_info.c.name == name)
    )
    return (value or b"").decode()
