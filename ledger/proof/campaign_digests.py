"""The digest of all statuses at a growing size, as checkpoints sign it.

What was signed before is folded again and compared first, so that no status is signed that was
changed since.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from ledger.errors import LedgerDamaged
from ledger.proof.signing_record import SignedTree
from ledger.proof.standings_digest import FACT_COLUMNS, Standings, digest_of
from ledger.store.schema import events

_PART = 4096


class CampaignDigests:
    """The campaigns' digests; only campaigns with new events are folded. For one thread."""

    def __init__(self, size: int = 0, digests: Mapping[str, bytes] | None = None) -> None:
        """Begin with the digests at that size, where they are known."""
        self._size = size
        self._digests = dict(digests or {})

    @property
    def digests(self) -> Mapping[str, bytes]:
        """Campaign id → digest at the size that was reached last."""
        return self._digests

    def grown(self, connection: sa.Connection, before: SignedTree, size: int) -> bytes:
        """The digest of all statuses at `size`, after those of `before`.

        Raises `LedgerDamaged` if the events up to there no longer add up to what was signed.
        """
        if before.size < self._size:
            self._size, self._digests = 0, {}
        self._advance(connection, before.size)
        self._check(self._digest() == before.standings)
        self._advance(connection, size)
        return self._digest()

    def _digest(self) -> bytes:
        return digest_of(digest for _, digest in sorted(self._digests.items()))

    def _advance(self, connection: sa.Connection, size: int) -> None:
        changed = (
            sa.select(events.c.campaign_id)
            .distinct()
            .where(events.c.seq > self._size, events.c.seq <= size)
            .where(events.c.delivery_id.is_not(None))
        )
        for campaign in connection.scalars(changed).all():
            self._digests |= self._folded(connection, campaign, size)
        self._size = size

    def _folded(self, connection: sa.Connection, campaign: str, size: int) -> dict[str, bytes]:
        """Return campaign id → digest of that campaign at that size; none without deliveries."""
        standings = Standings()
        _fold(standings, connection, _facts_of(campaign, after=0, until=self._size))
        self._check(standings.digests().get(campaign) == self._digests.get(campaign))
        _fold(standings, connection, _facts_of(campaign, after=self._size, until=size))
        return standings.digests()

    def _check(self, is_as_signed: bool) -> None:  # noqa: FBT001 - reads as the claim it is
        if not is_as_signed:
            raise LedgerDamaged(
                f"The events up to #{self._size} do not add up to the statuses that were signed: "
                "one was changed by other means. Nothing is signed; see what "
                "`delivery-ledger verify` says."
            )


def digests_of(connection: sa.Connection, campaign: str, size: int) -> dict[str, bytes]:
    """Return campaign id → digest of that campaign at that size; none without deliveries."""
    standings = Standings()
    _fold(standings, connection, _facts_of(campaign, after=0, until=size))
    return standings.digests()


def _facts_of(campaign: str, *, after: int, until: int) -> sa.Select[tuple[object, ...]]:
    columns = [events.c[name] for name in FACT_COLUMNS]
    is_part = sa.and_(events.c.seq > after, events.c.seq <= until)
    return (
        sa.select(*columns).where(events.c.campaign_id == campaign, is_part).order_by(events.c.seq)
    )


def _fold(
    standings: Standings, connection: sa.Connection, query: sa.Select[tuple[object, ...]]
) -> None:
    standings.take(connection.execute(query.execution_options(yield_per=_PART)))
