"""The origins of a ledger: the first lines of its checkpoints, and the names of its signing keys.

A ledger has one, until events or its signing key are lost for good. What is signed from then on
cannot continue what was signed before, so it needs another origin. One element of each is the id of
the ledger:

    texts.school.example/log/7db41f988f474d9e85d26f932d979b5b
    texts.school.example/log/7db41f988f474d9e85d26f932d979b5b/5f3a91c2
"""

import secrets
from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa

from ledger.proof.checkpoint import origin_of
from ledger.proof.note_keys import is_key_name
from ledger.store.schema import INFO_VALUE, checkpoints, ledger_head, ledger_info

_NAME = "origins"
_RANDOM_BYTES = 4
_NEWEST = 100
"""How many checkpoints are read to find the origin of a ledger that stores none."""


def read_origins(connection: sa.Connection) -> Sequence[str]:
    """Every origin that the ledger stores, or that its checkpoints name, the present one first.

    A ledger without both has that of earlier versions.
    """
    return _known(connection) or [origin_of(_ledger_id(connection))]


def claimed_origins(connection: sa.Connection, notes: Iterable[str]) -> Sequence[str]:
    """The origins of the ledger, then those of the notes that name it.

    A restored ledger may have lost the origin that it was given with its first checkpoint.
    """
    claimed = (note.partition("\n")[0] for note in notes)
    named = _of_ledger(claimed, _ledger_id(connection))
    return list(dict.fromkeys([*read_origins(connection), *named]))


def present_origins(
    connection: sa.Connection, *, signed_here: Callable[[], Sequence[str]], address: str | None
) -> Sequence[str]:
    """The origins to sign with, the present one first; chosen before the first checkpoint.

    `signed_here` returns what the signing record knows, the newest last. A ledger that knows none
    takes its origin from there, else from the program's public address without its scheme, if
    there is one that can be the name of a key.
    """
    if known := _known(connection):
        return known
    ledger_id = _ledger_id(connection)
    if signed := _of_ledger(signed_here()[::-1], ledger_id):
        return signed
    named = f"{address}/log/{ledger_id}"
    return [named if address and is_key_name(named) else origin_of(ledger_id)]


def new_origin(origins: Sequence[str]) -> str:
    """An origin that was never used: the first one of the ledger, and random digits."""
    return f"{origins[-1]}/{secrets.token_hex(_RANDOM_BYTES)}"


def store_origins(connection: sa.Connection, origins: Sequence[str]) -> None:
    """Store all origins of the ledger, the present one first."""
    connection.execute(sa.select(ledger_head).with_for_update())
    connection.execute(sa.delete(ledger_info).where(ledger_info.c.name == _NAME))
    row = {"name": _NAME, "value": "\n".join(origins).encode()}
    connection.execute(sa.insert(ledger_info).values(row))


def _known(connection: sa.Connection) -> list[str]:
    if stored := _info(connection, _NAME).split():
        return stored
    newest = sa.select(checkpoints.c.note).order_by(checkpoints.c.number.desc()).limit(_NEWEST)
    named = (note.partition("\n")[0] for note in connection.scalars(newest))
    return _of_ledger(named, _ledger_id(connection))


def _of_ledger(origins: Iterable[str], ledger_id: str) -> list[str]:
    """Those of the origins that have the ledger's id, each once."""
    return list(dict.fromkeys(each for each in origins if ledger_id in each.split("/")))


def _ledger_id(connection: sa.Connection) -> str:
    return _info(connection, "ledger_id")


def _info(connection: sa.Connection, name: str) -> str:
    query = sa.select(INFO_VALUE).where(ledger_info.c.name == name)
    value: bytes | None = connection.scalar(query)
    return (value or b"").decode(errors="replace")
