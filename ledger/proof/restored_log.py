"""Begins a new log for a restored ledger, so that it signs nothing that contradicts its past.

A backup does not show what was signed after it was made. Where the signing record is missing too,
as on a new machine, nothing else does. The next checkpoint then has another origin.
"""

from ledger.proof.kept_checkpoints import newest_of
from ledger.proof.origins import new_origin, read_origins, store_origins
from ledger.proof.signing_record import SigningRecord
from ledger.store.engine import reading
from ledger.store.store import Store


def begin_unless_recorded(store: Store, record: SigningRecord) -> bool:
    """Give the ledger a new origin, unless the record knows what was signed; whether it did.

    Raises `BadSetting` for a record that cannot be read, `StoreUnavailable`.
    """
    with reading(store.engine) as connection:
        origins = read_origins(connection)
        is_signed = newest_of(connection, origins[0]) is not None
    if not is_signed or record.read(origins[0]) is not None:
        return False
    with store.writing() as connection:
        store_origins(connection, [new_origin(origins), *origins])
    return True
