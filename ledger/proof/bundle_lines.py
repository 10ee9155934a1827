"""The lines of a bundle's ledger.ndjson, read from the events table in one pass."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.errors import LedgerDamaged, Refused
from ledger.proof import verify
from ledger.proof.bundle_scope import BundleScope
from ledger.proof.kept_checkpoints import KeptCheckpoint
from ledger.proof.pruned_tree import Hidden, TreePruner
from ledger.proof.standings_digest import Standings
from ledger.proof.table_scan import LEAF, STATE, Progress, Row, facts, is_as_recorded, parts
from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import LEAF_COLUMNS

_encode = msgspec.json.Encoder().encode

_CHANGED = (
    "The ledger was changed by other means, so there is nothing to prove. See what "
    "`delivery-ledger verify` says."
)


class LedgerLines:
    """The lines of ledger.ndjson: the shown events, and the tree nodes over hidden events.

    {"seq": 7, "stream_id": "del_…", "version": 2, "topic": "AttemptStarted", …, "state": "…"}
    {"hidden": 4, "root": "CsUYapGG…"}

    In a complete bundle of a number, each event of others has `state_digest` instead of `state`.
    """

    def __init__(self, scope: BundleScope, newest: KeptCheckpoint, cuts: Sequence[int]) -> None:
        self.shown = 0
        self.of_number: list[dict[str, Any]] = []
        """The events that a bundle of a number shows, each with its state as an object."""
        self._scope = scope
        self._newest = newest
        self._cuts = cuts
        self._frontier = Frontier()
        self._pruner = TreePruner()
        self._standings = Standings()

    def read(self, connection: sa.Connection, progress: Progress) -> Iterator[bytes]:
        """Yield the lines; raises `LedgerDamaged` where the ledger is not what was signed."""
        for rows in parts(connection, self._newest.size, cuts=self._cuts):
            for row in rows:
                yield from self._line(row)
            self._frontier = self._frontier.extended(row[LEAF] for row in rows)
            self._standings.take(facts(rows))
            progress(self._frontier.size, self._newest.size)
            if self._frontier.size in self._cuts:
                yield from map(_hidden, self._pruner.cut())
        yield from map(_hidden, self._pruner.end())
        if self._frontier != self._newest.frontier:
            raise LedgerDamaged(_CHANGED)

    def digests(self) -> Iterator[bytes]:
        """The digests of the campaigns' standings, one a line.

        Raises `Refused` for a campaign without any: nothing proves that it has none.
        """
        digests = self._standings.digests()
        if self._scope.campaign_id not in digests:
            raise Refused(
                f"The campaign {self._scope.campaign_id} has no contacts, so it has no statuses to "
                "prove. Export everything instead: --all."
            )
        return (f"{digest.hex()}\n".encode() for digest in digests.values())

    def _line(self, row: Row) -> Iterator[bytes]:
        if not is_as_recorded(row):
            raise LedgerDamaged(_CHANGED)
        is_shown = self._scope.shows(row)
        if not is_shown and not self._scope.is_complete:
            self._pruner.hide(row[LEAF])
            return
        yield from map(_hidden, self._pruner.show())
        if not is_shown:
            yield _line_of(_withheld(row))
            return
        event = _whole(row)
        yield _line_of(event)
        self.shown += 1
        if self._scope.kind == "number":
            self.of_number.append(_opened(event))


def _line_of(value: dict[str, Any]) -> bytes:
    return _encode(value) + b"\n"


def _columns(row: Row) -> dict[str, Any]:
    return {name: row[i] for i, name in enumerate(LEAF_COLUMNS) if row[i] is not None}


def _whole(row: Row) -> dict[str, Any]:
    """The event of a row; raises `LedgerDamaged` where its state is no text of any program."""
    try:
        return _columns(row) | {"state": row[STATE].decode()}
    except UnicodeDecodeError as error:
        raise LedgerDamaged(_CHANGED) from error


def _withheld(row: Row) -> dict[str, Any]:
    """The event of a row without its content."""
    digest = base64.b64encode(hashlib.sha256(row[STATE]).digest())
    return _columns(row) | {"state_digest": digest.decode()}


def _opened(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its state as an object; raises `LedgerDamaged` where it is none."""
    try:
        return event | {"state": verify.content_of(event["state"])}
    except ValueError as error:
        raise LedgerDamaged(_CHANGED) from error


def _hidden(part: Hidden) -> bytes:
    return _line_of({"hidden": part.size, "root": base64.b64encode(part.root).decode()})
