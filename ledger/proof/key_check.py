"""Checks that exactly those have a key whose sealed data may be read, and that each key is its own.

The key of a forgotten contact that is put back from a backup opens the contact's data again, and
the hash of no event shows it.
"""

from collections.abc import Iterator
from itertools import islice

import sqlalchemy as sa

from ledger.errors import LedgerDamaged, WrongKey
from ledger.proof.recomputation import Fault
from ledger.proof.sealing_history import Sealed, SealingHistory
from ledger.store.contact_keys import key_epoch
from ledger.store.encryption import fingerprint, identity_key, unseal
from ledger.store.schema import INFO_VALUE, contact_keys, ledger_info

_PART = 1000
"""How many keys are read at a time."""

_KEYS = sa.select(contact_keys.c.subject_id, contact_keys.c.wrapped_key)
_IDENTITY_KEY = sa.select(INFO_VALUE).where(ledger_info.c.name == "identity_key")


def opens(connection: sa.Connection, master: bytes) -> bool:
    """Whether this is the master key of the ledger."""
    try:
        identity_key({"identity_key": connection.scalar(_IDENTITY_KEY) or b""}, master)
    except WrongKey:
        return False
    return True


def epoch_faults(connection: sa.Connection) -> list[Fault]:
    """Return what is wrong with the key epoch, without which nothing can be written."""
    try:
        key_epoch(connection)
    except LedgerDamaged:
        return [Fault(None, "the key epoch in the table ledger_info is no number")]
    return []


def key_faults(
    connection: sa.Connection, history: SealingHistory, master: bytes | None
) -> list[Fault]:
    """Return what is wrong with the keys of a ledger whose events are right, in the order of seq.

    Each subject with a key is dropped from `history`. Without the master key, only who has a key
    is checked.
    """
    faults: list[Fault] = []
    keys = connection.execute(_KEYS.execution_options(yield_per=_PART))
    for part in keys.partitions():
        subject_ids = [subject_id for subject_id, _ in part]
        last, forgotten = history.pop_last(subject_ids), history.forgotten(subject_ids)
        for subject_id, wrapped in part:
            at = forgotten.get(subject_id, 0)
            fault = _fault_of(subject_id, wrapped, last.get(subject_id), at, master)
            faults += [fault] if fault else []
    faults += _missing_keys(history)
    return sorted(faults, key=lambda fault: (fault.seq is None, fault.seq))


def _fault_of(
    subject_id: str, wrapped: bytes, last: Sealed | None, forgotten_at: int, master: bytes | None
) -> Fault | None:
    """Return what is wrong with one key, by what was last sealed; None where nothing is."""
    if last is None:
        return Fault(None, f"{subject_id} has a key, but nothing was ever sealed with it")
    if last.seq < forgotten_at:
        words = f"was forgotten at #{forgotten_at}, but has a key again, which opens its data"
        return Fault(last.seq, f"{subject_id} {words}")
    if master and not _is_own(wrapped, subject_id, last, master):
        words = f"the key of {subject_id} is not the one that this was sealed with"
        return Fault(last.seq, words)
    return None


def _missing_keys(history: SealingHistory) -> Iterator[Fault]:
    """Yield a fault for each subject that has no key, and was never forgotten since."""
    remaining = history.remaining()
    while part := list(islice(remaining, _PART)):
        forgotten = history.forgotten([subject_id for subject_id, _ in part])
        for subject_id, last in part:
            if last.seq > forgotten.get(subject_id, 0):
                words = f"the key of {subject_id} is missing, though it was never forgotten"
                yield Fault(last.seq, words)


def _is_own(wrapped: bytes, subject_id: str, last: Sealed, master: bytes) -> bool:
    """Whether what was sealed last was sealed with this key."""
    try:
        return fingerprint(unseal(master, wrapped, subject_id)) == last.key_fingerprint()
    except (WrongKey, ValueError):
        return False
