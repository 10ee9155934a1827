"""Checks that exactly those have a key whose sealed data may be read, and that each key is its own.

The key of a forgotten contact that is put back from a backup opens the contact's data again, and
the hash of no event shows it.
"""

import base64
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from ledger.domain.events import ContactForgotten
from ledger.errors import WrongKey
from ledger.proof.recomputation import Fault
from ledger.store.encryption import FINGERPRINT_BYTES, fingerprint, identity_key, unseal
from ledger.store.schema import contact_keys, events, ledger_info

_SEALED = b'"private":"'
"""In the state of every event with a sealed part, and of no other: texts escape their quotes."""
_FINGERPRINT_CHARACTERS = 8
"""Of base64: enough for the 4 bytes of a fingerprint."""
_PART = 1000

_SUBJECT = sa.func.coalesce(events.c.contact_id, events.c.stream_id)
_FORGOTTEN = (
    sa.select(events.c.contact_id, sa.func.max(events.c.seq))
    .where(events.c.topic == ContactForgotten.topic)
    .group_by(events.c.contact_id)
)
_INFO = sa.select(ledger_info.c.name, ledger_info.c.value)


def opens(connection: sa.Connection, master: bytes) -> bool:
    """Whether this is the master key of the ledger."""
    try:
        identity_key({row.name: row.value for row in connection.execute(_INFO)}, master)
    except (WrongKey, KeyError):
        return False
    return True


def key_faults(connection: sa.Connection, master: bytes | None) -> Iterator[Fault]:
    """Yield what is wrong with the keys of a ledger whose events are right.

    Without the master key, only who has one is checked.
    """
    forgotten: dict[str, int] = {row[0]: row[1] for row in connection.execute(_FORGOTTEN)}
    last = _last_sealed(connection.dialect.name).subquery("last")
    found = 0
    for row in connection.execute(_keys_of(last, has_states=master is not None)):
        found += row.wrapped_key is not None
        words = _words_of(row, forgotten.get(row.subject, 0), master)
        if words:
            yield Fault(row.seq, words)
    if found == connection.scalar(sa.select(sa.func.count()).select_from(contact_keys)):
        return  # each key is that of another subject, so none is left
    without_data = sa.select(contact_keys.c.subject_id).where(
        contact_keys.c.subject_id.not_in(sa.select(last.c.subject))
    )
    for subject_id in connection.scalars(without_data):
        yield Fault(None, f"{subject_id} has a key, but nothing was ever sealed with it")


def _keys_of(last: sa.Subquery, *, has_states: bool) -> sa.Select[Any]:
    """The key of each subject, or NULL; and what was sealed last, if that is to be compared."""
    has_key = contact_keys.c.subject_id == last.c.subject
    query = (
        sa.select(last.c.subject, last.c.seq, contact_keys.c.wrapped_key)
        .outerjoin_from(last, contact_keys, has_key)
        .order_by(last.c.seq)
        .execution_options(yield_per=_PART)
    )
    if not has_states:
        return query
    return query.add_columns(events.c.state).join(events, events.c.seq == last.c.seq)


def _last_sealed(dialect: str) -> sa.Select[Any]:
    """The last event with a sealed part of each contact, campaign or draft."""
    marker = sa.literal(_SEALED, sa.LargeBinary)
    find = sa.func.pg_catalog.position if dialect == "postgresql" else sa.func.instr
    return (
        sa.select(_SUBJECT.label("subject"), sa.func.max(events.c.seq).label("seq"))
        .where(find(events.c.state, marker) > 0)
        .group_by(_SUBJECT)
    )


def _words_of(row: Any, forgotten_seq: int, master: bytes | None) -> str | None:
    """What is wrong with the key of the subject whose last sealed event this is."""
    wrapped = row.wrapped_key
    if row.seq < forgotten_seq:
        again = f"{row.subject} was forgotten at #{forgotten_seq}, but has a key again"
        return None if wrapped is None else f"{again}, which opens its data"
    if wrapped is None:
        return f"the key of {row.subject} is missing, though it was never forgotten"
    if master is None:
        return None
    try:
        is_own = fingerprint(unseal(master, wrapped, row.subject)) == _sealed_with(row.state)
    except (WrongKey, ValueError):
        is_own = False
    return None if is_own else f"the key of {row.subject} is not the one that this was sealed with"


def _sealed_with(state: bytes) -> bytes:
    """The fingerprint of the key of the sealed part, which begins with it, in base64."""
    start = state.index(_SEALED) + len(_SEALED)
    return base64.b64decode(state[start : start + _FINGERPRINT_CHARACTERS])[:FINGERPRINT_BYTES]
