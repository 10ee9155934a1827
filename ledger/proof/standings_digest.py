"""The digest of all deliveries' standings at one size of the ledger, for checkpoints.

The standing is that of `ledger/domain/standing.py`, folded from the typed columns, with a few
fields for each delivery only, so that it needs little memory.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec

from ledger.domain.events import CampaignArchived
from ledger.domain.standing import ATTEMPTS, EXPLAINED, Stage, stage_of
from ledger.proof.last_numbers import MOST_IN_MEMORY
from ledger.proof.temporary_table import TemporaryTable
from ledger.store.merkle_leaf import LEAF_COLUMNS

_FIRST, _AFTER_LAST = LEAF_COLUMNS.index("topic"), LEAF_COLUMNS.index("next_at") + 1
FACT = slice(_FIRST, _AFTER_LAST)
FACT_COLUMNS = LEAF_COLUMNS[FACT]
"""The columns that are folded: from the topic to the next attempt's time."""

FactRow = tuple[Any, ...]
"""The values of `FACT_COLUMNS`; `next_at` in microseconds since 1970 UTC."""

_Standing = tuple[int, str | None, str | None, int | None, int]
"""Rank, code, reason, next_at, attempts."""
_DeliveryStanding = tuple[str, _Standing]

_encode = msgspec.msgpack.Encoder().encode
_NONE_YET: _Standing = (-1, None, None, None, 0)


class Standings:
    """Folds facts in the order of seq, and computes the digests at any time.

    Beyond a count of deliveries, what was folded so far is in a temporary table, and folding begins
    again: the parts of a delivery are joined for its digest.
    """

    def __init__(self, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self._most = most_in_memory
        self._count = 0
        """How many deliveries are in memory."""
        self._deliveries: dict[str, dict[str, _Standing]] = {}
        self._moved = _MovedStandings()
        self._digests: dict[str, bytes] = {}
        self._archived: set[str] = set()
        self._same: dict[_Standing, _Standing] = {}

    def take(self, facts: Iterable[FactRow]) -> None:
        """Fold the next facts, in order; those after an archive do not count (R14)."""
        archived, campaign_before = CampaignArchived.topic, ""
        deliveries: dict[str, _Standing] = {}
        for topic, _, _, campaign, delivery, _, _, rank, code, reason, next_at in facts:
            if topic == archived:
                self._freeze(campaign)
                campaign_before = ""
            if rank is None or delivery is None:
                continue
            if campaign != campaign_before:
                if campaign in self._archived:
                    continue
                deliveries = self._deliveries.setdefault(campaign, {})
                self._digests.pop(campaign, None)
                campaign_before = campaign
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
            if before is _NONE_YET:
                self._count += 1
                if self._count > self._most:
                    self._move()
                    campaign_before = ""

    def digests(self) -> dict[str, bytes]:
        """Return campaign id → the digest of its deliveries, in the order of the ids."""
        campaigns = self._deliveries.keys() | self._moved.campaigns
        for campaign in campaigns - self._digests.keys() - self._archived:
            self._digests[campaign] = self._digest(campaign)
        return dict(sorted(self._digests.items()))

    def _freeze(self, campaign: str) -> None:
        """Keep only the digest of an archived campaign, since it never changes."""
        if campaign in self._deliveries or campaign in self._moved.campaigns:
            self._digests[campaign] = self._digest(campaign)
        self._archived.add(campaign)
        self._count -= len(self._deliveries.pop(campaign, {}))

    def _digest(self, campaign: str) -> bytes:
        recent = sorted(self._deliveries.get(campaign, {}).items())
        standings: Iterable[_DeliveryStanding] = recent
        if campaign in self._moved.campaigns:
            standings = _joined(merge(self._moved.of(campaign), recent, key=itemgetter(0)))
        rows = ((campaign, delivery, *standing) for delivery, standing in standings)
        return digests_of_rows(rows)[campaign]

    def _move(self) -> None:
        for campaign, deliveries in self._deliveries.items():
            self._moved.put(campaign, sorted(deliveries.items()))
        self._deliveries.clear()
        self._count = 0


class _MovedStandings:
    """What was folded of each delivery before, in parts: one for each time that it was moved."""

    def __init__(self) -> None:
        self.campaigns: dict[str, int] = {}
        """Campaign → how many times deliveries of it were moved."""
        columns = "campaign, delivery, part, rank, code, reason, next_at, attempts"
        self._table = TemporaryTable("standings", columns, "campaign, delivery, part")

    def put(self, campaign: str, standings: Iterable[_DeliveryStanding]) -> None:
        part = self.campaigns.get(campaign, 0) + 1
        self.campaigns[campaign] = part
        self._table.put((campaign, delivery, part, *standing) for delivery, standing in standings)

    def of(self, campaign: str) -> Iterator[_DeliveryStanding]:
        """Yield each part in the order of deliveries, and of the facts that it was made of."""
        for _, delivery, _, *standing in self._table.rows("campaign = ?", [campaign]):
            rank, code, reason, next_at, attempts = standing
            yield delivery, (rank, code, reason, next_at, attempts)


def _joined(parts: Iterable[_DeliveryStanding]) -> Iterator[_DeliveryStanding]:
    """Yield each delivery once; its parts follow one another, the earlier facts first."""
    for delivery, same in groupby(parts, key=itemgetter(0)):
        standing = _NONE_YET
        for _, part in same:
            greater = part if part[0] > standing[0] else standing
            standing = (*greater[:4], standing[4] + part[4])
        yield delivery, standing


def digest_of(digests: Iterable[bytes]) -> bytes:
    """The digest of a checkpoint: SHA-256 over the campaigns' digests in the order of their ids."""
    return hashlib.sha256(b"".join(digests)).digest()


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
