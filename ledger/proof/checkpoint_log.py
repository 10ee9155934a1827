"""Makes and signs checkpoints when they are due, and stores all of them in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds
from ledger.domain.events import CampaignArchived
from ledger.errors import LedgerDamaged, LedgerError, Refused, StoreUnavailable
from ledger.proof.campaign_digests import CampaignDigests
from ledger.proof.cosigning import Cosigning
from ledger.proof.kept_checkpoints import KeptCheckpoint, keep, kept_of, newest_of
from ledger.proof.merkle_proofs import MAX_SIZE
from ledger.proof.note_keys import NamedKey
from ledger.proof.origins import new_origin, present_origins, read_origins, store_origins
from ledger.proof.signed_note import sign
from ledger.proof.signer import Signer
from ledger.proof.signing_keys import SigningKeys
from ledger.proof.signing_record import SignedTree
from ledger.proof.table_scan import scanning
from ledger.proof.tree_growth import check_length, grown
from ledger.store.engine import reading
from ledger.store.merkle import Frontier
from ledger.store.schema import events, ledger_head
from ledger.store.store import Store


@dataclass(frozen=True, kw_only=True)
class CheckpointInterval:
    """When a checkpoint is due: that many events or minutes after the last one."""

    events: int
    minutes: float


_NONE_YET = KeptCheckpoint(0, from_microseconds(0), Frontier(), "")


class Checkpoints:
    """The checkpoints of one ledger. One thread makes them; any thread may read them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        signer: Signer,
        interval: CheckpointInterval,
        *,
        witnesses: Cosigning | None = None,
        address: str | None = None,
    ) -> None:
        """Without `witnesses` nobody cosigns. The origin of a new ledger begins with `address`."""
        self._store = store
        self._clock = clock
        self._signer = signer
        self._interval = interval
        self._witnesses = witnesses
        self._address = address
        self.is_refused = False
        """Whether the last checkpoint that was due could not be made."""
        self._searched = 0
        self._digests = CampaignDigests()

    # Reading.

    def kept(self, *, until: int) -> list[KeptCheckpoint]:
        """Every checkpoint of the present origin and of at most that size, the oldest first."""
        with reading(self._store.engine) as connection:
            return kept_of(connection, read_origins(connection)[0], until=until)

    def latest(self, *, until: int = MAX_SIZE) -> KeptCheckpoint | None:
        """The newest checkpoint of the present origin and at most that size; None before one."""
        with reading(self._store.engine) as connection:
            return newest_of(connection, read_origins(connection)[0], until=until)

    def keys(self) -> list[NamedKey]:
        """The public keys of all checkpoints, the present one first; none without a key file."""
        return self._signer.public_keys(self.origin)

    @property
    def origin(self) -> str:
        """The first line of the checkpoints that are made now."""
        return self._origins()[0]

    def cosigned_by(self, made: KeptCheckpoint) -> list[str]:
        """The names of the witnesses that cosigned a checkpoint."""
        return self._witnesses.cosigned_by(made.note) if self._witnesses else []

    @property
    def witness_problems(self) -> list[str]:
        """Why witnesses did not cosign the last checkpoint, as sentences."""
        return list(self._witnesses.problems.values()) if self._witnesses else []

    # Making.

    def make_if_due(self) -> KeptCheckpoint | None:
        """Make a checkpoint if the interval is over, or a campaign was archived.

        Otherwise witnesses that did not cosign the newest one are asked again. Raises what `make`
        raises; `is_refused` remembers it.
        """
        if self._is_due():
            return self._make_noting_refusal()
        latest = self.latest()
        if latest is not None:
            self._cosigned(latest)
        return None

    def make(self) -> KeptCheckpoint:
        """Make a checkpoint of the present ledger; return the newest one if nothing was added.

        The witnesses are asked for the cosignatures that it lacks.

        Raises `Refused` while the ledger is empty, if it lost its end, or if its key is not here;
        `BadSetting` for a key or a record that cannot be used; `LedgerDamaged` if an event was
        changed or the ledger does not continue what was signed; and `StoreUnavailable`.
        """
        origins, latest, head = self._origins(), self.latest(), self._head()
        keys = self._signer.keys(origins[0], latest)
        before, _ = self._signer.signed_last(origins[0], latest)
        check_length(before, head)
        if latest and latest.size == head:
            return self._cosigned(latest)
        return self._cosigned(self._sign(origins, [keys]))

    def _make_noting_refusal(self) -> KeptCheckpoint:
        try:
            made = self.make()
        except StoreUnavailable:
            raise
        except LedgerError:
            self.is_refused = True
            raise
        self.is_refused = False
        return made

    def rotate_key(self) -> KeptCheckpoint:
        """Make a checkpoint signed by the present key and by a new one, which then replaces it.

        Raises what `make` raises.
        """
        origins, key_file = self._origins(), self._signer.key_file
        present = self._signer.keys(origins[0], self.latest())
        following = present.rotated()
        key_file.write_next(following)
        made = self._sign(origins, [present, following])
        key_file.use_next()
        return self._cosigned(made)

    def begin_new_log(self) -> KeptCheckpoint:
        """Make a first checkpoint under a new origin, after events or the key were lost.

        Raises `Refused` where the present origin can go on, and what `make` raises.
        """
        origins = self._origins()
        try:
            self.make()
        except (LedgerDamaged, Refused):
            keys = self._signer.key_file.read_or_make()
            return self._cosigned(self._sign([new_origin(origins), *origins], [keys]))
        raise Refused(
            "No new log was begun, because the current one can continue: its key is here, and the "
            "ledger continues its checkpoints."
        )

    def _is_due(self) -> bool:
        latest = self.latest() or _NONE_YET
        head = self._head()
        age = self._clock.now() - latest.made_at
        return head > latest.size and (
            head - latest.size >= self._interval.events
            or age >= timedelta(minutes=self._interval.minutes)
            or self._was_archived(after=latest.size, until=head)
        )

    def _was_archived(self, *, after: int, until: int) -> bool:
        """Whether a campaign was archived in that range; events are searched only once."""
        start, self._searched = max(after, self._searched), until
        query = sa.select(events.c.seq).where(
            events.c.seq > start,
            events.c.seq <= until,
            events.c.topic == CampaignArchived.topic,
        )
        with reading(self._store.engine) as connection:
            return connection.execute(query.limit(1)).first() is not None

    def _sign(self, origins: Sequence[str], keys: Sequence[SigningKeys]) -> KeptCheckpoint:
        """Sign the present tree under the first of the origins, and keep the checkpoint.

        What is signed is recorded first. So a process that is killed in between leaves a record
        that the ledger continues.
        """
        record = self._signer.record
        while True:
            recorded = record.read(origins[0])
            tree = self._present_tree(origins)
            with record.held():
                if self._origins() not in (origins, origins[1:]):
                    raise StoreUnavailable("Another process chose the ledger's origin; try again.")
                if record.read(origins[0]) != recorded:
                    continue  # another process signed meanwhile
                record.write(tree)
                note = sign(str(tree.checkpoint), tree.origin, [key.signing for key in keys])
                made = KeptCheckpoint(tree.size, self._clock.now(), tree.frontier, note)
                self._keep(made, origins)
                return made

    def _present_tree(self, origins: Sequence[str]) -> SignedTree:
        """The tree at the ledger's head, which continues what was signed under the first origin.

        The first tree under a new origin must agree with what is kept of the one before it.
        """
        origin, *earlier = origins
        with scanning(self._store.engine) as connection:
            if connection.scalar(sa.select(ledger_head.c.seq)) in {None, 0}:
                raise Refused("The ledger is empty; there is nothing to make a checkpoint of.")
            before, kept = self._signer.signed_last(origin, newest_of(connection, origin))
            if before.size == 0 and earlier:
                last_of_earlier = newest_of(connection, earlier[0])
                kept = last_of_earlier.tree if last_of_earlier else None
            frontier = grown(connection, before, kept)
            standings = self._digests.grown(connection, before, frontier.size)
        return SignedTree(origin=origin, frontier=frontier, standings=standings)

    def _cosigned(self, made: KeptCheckpoint) -> KeptCheckpoint:
        """The checkpoint with the cosignatures that can be had now; it is kept once more."""
        note = self._witnesses.cosigned(made) if self._witnesses else made.note
        if note == made.note:
            return made
        cosigned = replace(made, note=note)
        with self._store.writing() as connection:
            keep(connection, cosigned)
        return cosigned

    def _keep(self, made: KeptCheckpoint, origins: Sequence[str]) -> None:
        with self._store.writing() as connection:
            if read_origins(connection) != origins:
                store_origins(connection, origins)
            keep(connection, made)

    def _origins(self) -> Sequence[str]:
        """Every origin of the ledger, the present one first; chosen before the first checkpoint."""
        signed_here = self._signer.record.origins
        with reading(self._store.engine) as connection:
            return present_origins(connection, signed_here=signed_here, address=self._address)

    def _head(self) -> int:
        with reading(self._store.engine) as connection:
            head: int = connection.scalar(sa.select(ledger_head.c.seq)) or 0
        return head
