"""What a snapshot of the views is proven by: a code of its rows, and a checkpoint of its statuses.

The code is an HMAC under a key of the ledger that only the master key opens. The statuses fold to
the campaigns' digests, and these to the digest that the checkpoint of that size signs.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ledger.domain.events import CampaignCreated
from ledger.errors import BadSetting, LedgerDamaged
from ledger.ledger import Ledger
from ledger.proof.campaign_digests import digests_of
from ledger.proof.kept_checkpoints import KeptCheckpoint, kept_at
from ledger.proof.new_events import newest_kept
from ledger.proof.origins import read_origins
from ledger.proof.signed_note import is_signed
from ledger.proof.signing_keys import KeyFile
from ledger.proof.standings_digest import digest_of, digests_of_rows
from ledger.proof.table_scan import scanning
from ledger.store.schema import IS_RARE, events
from ledger.store.store import Store
from projections.tables.schema import standings
from webapp.settings import Settings

_column = standings.c
_STATUSES = sa.select(
    *(_column.campaign_id, _column.delivery_id, _column.rank),
    *(_column.code, _column.reason, _column.next_at, _column.attempts),
).execution_options(yield_per=1000)
_CREATED = sa.select(events.c.campaign_id).where(
    events.c.topic == CampaignCreated.topic,
    sa.text(IS_RARE),
    events.c.seq <= sa.bindparam("size", type_=sa.BigInteger),
)


@dataclass(frozen=True)
class CheckpointProof:
    """Proves snapshots by the checkpoints that the ledger keeps; see `SnapshotProof`."""

    settings: Settings
    store: Store
    ledger: Ledger

    def newest_size(self) -> int:
        """Return the size of the newest checkpoint; 0 before the first, or if it was changed."""
        try:
            newest = newest_kept(self.store.engine)
        except LedgerDamaged:
            return 0
        return newest.size if newest else 0

    def code_of(self, digest: bytes) -> bytes:
        """Return the code that only this program makes for a snapshot with this digest."""
        return self.ledger.identity.snapshot_code(digest)

    def statuses_fault(self, connection: sa.Connection, size: int) -> str | None:
        """Say why the statuses of these views are not proven at that size; None where they are."""
        digests = digests_of_rows(_statuses(connection))
        with scanning(self.store.engine) as ledger:
            try:
                kept = kept_at(ledger, read_origins(ledger)[0], size)
                signed = kept.tree.standings if kept else None
            except LedgerDamaged:
                kept = signed = None
            created = ledger.scalars(_CREATED, {"size": size}).all()
            for campaign_id in set(created) - digests.keys():  # a launch that was abandoned
                digests |= digests_of(ledger, campaign_id, size)
        if kept is None or not self._is_signed(kept):
            return f"no checkpoint of {size} events that this ledger signed is kept"
        if digest_of(digest for _, digest in sorted(digests.items())) != signed:
            return f"its statuses are not those that the checkpoint of {size} events signs"
        return None

    def _is_signed(self, kept: KeptCheckpoint) -> bool:
        """Whether it is signed by a key of the ledger, where the keys are here."""
        keys = None
        with suppress(BadSetting):  # it is not for this process to read
            keys = KeyFile(self.settings.signing_key).read()
        return keys is None or is_signed(kept.note, keys.named(kept.tree.origin))


def _statuses(connection: sa.Connection) -> Iterator[Any]:
    """Yield the statuses in the order of the deliveries' ids, which are ASCII."""
    is_postgresql = connection.dialect.name == "postgresql"
    collation = "C" if is_postgresql else "BINARY"
    return iter(connection.execute(_STATUSES.order_by(_column.delivery_id.collate(collation))))
