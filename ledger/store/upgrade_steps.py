"""Steps of an upgrade that change no table, such as events to add: which this ledger has had."""

import sqlalchemy as sa

from ledger.store.engine import reading
from ledger.store.schema import ledger_head, ledger_info
from ledger.store.store import Store

_DONE = b"done"


def is_done(store: Store, step: str) -> bool:
    """Whether the ledger has had the step."""
    query = sa.select(ledger_info.c.value).where(ledger_info.c.name == step)
    with reading(store.engine) as connection:
        return connection.scalar(query) == _DONE


def mark_done(store: Store, step: str) -> None:
    """Record that the ledger has had the step; a repeat changes nothing."""
    is_step = ledger_info.c.name == step
    with store.writing() as connection:
        connection.execute(sa.select(ledger_head).with_for_update())
        connection.execute(sa.delete(ledger_info).where(is_step))
        connection.execute(sa.insert(ledger_info).values(name=step, value=_DONE))
