"""The digest of all deliveries' standings at one size of the ledger, for checkpoints.

The standing is that of `ledger/domain/standing.py`, folded from the typed columns, with a few
fields for each delivery only, so that it needs little memory.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from ledger.domain.events import CampaignArchived
from ledger.domain.standing import ATTEMPTS, EXPLAINED, Stage, stage_of
from ledger.store.merkle_leaf import LEAF_COLUMNS

_FIRST, _AFTER_LAST = LEAF_COLUMNS.index("topic"), LEAF_COLUMNS.index("next_at") + 1
FACT = slice(_FIRST, _AFTER_LAST)
FACT_COLUMNS = LEAF_COLUMNS[FACT]
"""The columns that are folded: from the topic to the next attempt's time."""

FactRow = tuple[Any, ...]
"""The values of `FACT_COLUMNS`; `next_at` in microseconds since 1970 UTC."""

_Standing = tuple[int, str | None, str | None, int | None, int]
"""Rank, code, reason, next_at, attempts."""

_encode = msgspec.msgpack.Encoder().encode
_NONE_YET: _Standing = (-1, None, None, None, 0)


class Standings:
    """Folds facts in the order of seq, and computes the digests at any time."""

    def __init__(self) -> None:
        self._deliveries: dict[str, dict[str, _Standing]] = {}
        self._digests: dict[str, bytes] = {}
        self._archived: set[str] = set()
        self._same: dict[_Standing, _Standing] = {}

    def take(self, facts: Iterable[FactRow]) -> None:
        """Fold the next facts, in order; those after an archive do not count (R14)."""
        for topic, _, _, campaign, delivery, _, _, rank, code, reason, next_at in facts:
            if topic == CampaignArchived.topic:
                self._freeze(campaign)
            if rank is None or delivery is None or campaign in self._archived:
                continue
            deliveries = self._deliveries.get(campaign)
            if deliveries is None:
                deliveries = self._deliveries[campaign] = {}
            self._digests.pop(campaign, None)
            before = deliveries.get(delivery, _NONE_YET)
            is_explained, counted = _read(rank)
            attempts = before[4] + counted
            if rank <= before[0]:
                after = (*before[:4], attempts)
            elif is_explained:
                after = (rank, code, reason, next_at, attempts)
            else:
                after = (rank, None, None, None, attempts)
            deliveries[delivery] = after if after[3] else self._same.setdefault(after, after)

    def digests(self) -> dict[str, bytes]:
        """Return campaign id → the digest of its deliveries, in the order of the ids."""
        for campaign in self._deliveries.keys() - self._digests.keys():
            self._digests[campaign] = _digest(campaign, self._deliveries[campaign])
        return dict(sorted(self._digests.items()))

    def _freeze(self, campaign: str) -> None:
        """Keep only the digest of an archived campaign, since it never changes."""
        self._archived.add(campaign)
        if campaign in self._deliveries:
            self._digests[campaign] = _digest(campaign, self._deliveries.pop(campaign))


def digest_of(digests: Iterable[bytes]) -> bytes:
    """The digest of a checkpoint: SHA-256 over the campaigns' digests in the order of their ids."""
    return hashlib.sha256(b"".join(digests)).digest()


def _digest(campaign: str, deliveries: dict[str, _Standing]) -> bytes:
    rows = ((campaign, delivery, *deliveries[delivery]) for delivery in sorted(deliveries))
    return digests_of_rows(rows)[campaign]


def digests_of_rows(rows: Iterable[Sequence[Any]]) -> dict[str, bytes]:
    """Return campaign id → SHA-256 over its id, then each delivery's id and standing.

    A row has campaign, delivery, rank, code, reason, next_at and attempts. The rows of a campaign
    come in the order of the deliveries' ids.
    """
    digests: dict[str, Any] = {}
    for campaign, *standing in rows:
        digest = digests.get(campaign)
        if digest is None:
            digest = digests[campaign] = hashlib.sha256(_encode(campaign))
        digest.update(_encode(standing))
    return {campaign: digest.digest() for campaign, digest in digests.items()}


@lru_cache(maxsize=4096)
def _read(rank: int) -> tuple[bool, int]:
    """Whether code, reason and next attempt count, and what the fact adds to the attempts."""
    stage: Stage = stage_of(rank)
    return stage in EXPLAINED, ATTEMPTS.get(stage, 0)
