"""The origins of a ledger: the first lines of its checkpoints, and the names of its signing keys.

A ledger has one, until events or its signing key are lost for good. What is signed from then on
cannot continue what was signed before, so it needs another origin.
"""

import secrets
from collections.abc import Sequence

import sqlalchemy as sa

from ledger.proof.checkpoint import origin_of
from ledger.store.schema import ledger_head, ledger_info

_NAME = "origins"
_RANDOM_BYTES = 4


def read_origins(connection: sa.Connection) -> Sequence[str]:
    """Every origin of the ledger, the present one first."""
    query = sa.select(ledger_info).where(ledger_info.c.name.in_([_NAME, "ledger_id"]))
    rows = connection.execute(query)
    info: dict[str, str] = {row.name: row.value.decode() for row in rows}
    if _NAME in info:
        return info[_NAME].split("\n")
    return [origin_of(info.get("ledger_id", ""))]


def new_origin(origins: Sequence[str]) -> str:
    """An origin that was never used: the first one of the ledger, and random digits."""
    return f"{origins[-1]}/{secrets.token_hex(_RANDOM_BYTES)}"


def store_origins(connection: sa.Connection, origins: Sequence[str]) -> None:
    """Store all origins of the ledger, the present one first."""
    connection.execute(sa.select(ledger_head).with_for_update())
    connection.execute(sa.delete(ledger_info).where(ledger_info.c.name == _NAME))
    row = {"name": _NAME, "value": "\n".join(origins).encode()}
    connection.execute(sa.insert(ledger_info).values(row))
