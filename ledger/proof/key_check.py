"""Checks that exactly those have a key whose sealed data may be read, and that each key is its own.

The key of a forgotten contact that is put back from a backup opens the contact's data again, and
the hash of no event shows it.
"""

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
    faults, forgotten = [], history.forgotten
    for subject_id, wrapped in connection.execute(_KEYS.execution_options(yield_per=_PART)):
        last = history.pop_last(subject_id)
        if last is None:
            words = f"{subject_id} has a key, but nothing was ever sealed with it"
            faults.append(Fault(None, words))
        elif last.seq < (seq := forgotten.get(subject_id, 0)):
            words = (
                f"{subject_id} was forgotten at #{seq}, but has a key again, which opens its data"
            )
            faults.append(Fault(last.seq, words))
        elif master and not _is_own(wrapped, subject_id, last, master):
            words = f"the key of {subject_id} is not the one that this was sealed with"
            faults.append(Fault(last.seq, words))
    for subject_id, last in history.remaining():
        if last.seq > forgotten.get(subject_id, 0):
            words = f"the key of {subject_id} is missing, though it was never forgotten"
            faults.append(Fault(last.seq, words))
    return sorted(faults, key=lambda fault: (fault.seq is None, fault.seq))


def _is_own(wrapped: bytes, subject_id: str, last: Sealed, master: bytes) -> bool:
    """Whether what was sealed last was sealed with this key."""
    try:
        return fingerprint(unseal(master, wrapped, subject_id)) == last.key_fingerprint()
    except (WrongKey, ValueError):
        return False
