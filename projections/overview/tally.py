"""Adds changes up: the numbers of one campaign, as the tables and the pages have them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger.domain.standing import Stage, rank, status_of
from ledger.domain.vocabulary import DeliveryStatus


class StandingKey(NamedTuple):
    """What contacts that are counted together have in common; empty texts: none."""

    stage: int
    reason: str
    code: str


class TimeKey(NamedTuple):
    """The hour since 1970 UTC in which attempts began, and the class of their time to delivery."""

    hour: int
    up_to_seconds: int


class ChangeKey(NamedTuple):
    """A step of time since the launch, and the name of the number that changed in it."""

    age_seconds: int
    name: str


CHANGES = ("started", "delivered", "failed", "resent")
"""The columns of `status_changes` that are counted."""


@dataclass
class Tally:
    """The numbers of one campaign, or what is to be added to them."""

    standings: Counter[StandingKey] = field(default_factory=Counter)
    changes: Counter[ChangeKey] = field(default_factory=Counter)
    times: Counter[TimeKey] = field(default_factory=Counter)

    def add(self, transitions: Iterable[Any]) -> "Tally":
        """Add rows of the query `transitions`, and return this tally."""
        for row in transitions:
            self._add(row)
        return self

    def _add(self, row: Any) -> None:
        is_first = row.old_stage is None
        before = None if is_first else status_of_stage(row.old_stage)
        after = status_of_stage(row.stage)
        self.standings[StandingKey(row.stage, row.reason or "", row.code or "")] += row.contacts
        if not is_first:
            old = StandingKey(row.old_stage, row.old_reason or "", row.old_code or "")
            self.standings[old] -= row.contacts
        if row.up_to_seconds is not None:
            self.times[TimeKey(row.hour, row.up_to_seconds)] += row.contacts
        for name, sign in _changes(before, after, Stage(row.stage)):
            self.changes[ChangeKey(row.age_seconds, name)] += sign * row.contacts


def _changes(
    before: DeliveryStatus | None, after: DeliveryStatus, stage: Stage
) -> list[tuple[str, int]]:
    changes = [("started", 1)] if stage is Stage.STARTED else []
    if before is after:
        return changes
    if after is DeliveryStatus.DELIVERED:
        changes.append(("delivered", 1))
    if after is DeliveryStatus.FAILED:
        changes.append(("failed", 1))
    if before is DeliveryStatus.FAILED:
        changes.append(("failed", -1))
        if stage is Stage.ENROLLED:
            changes.append(("resent", 1))
    return changes


_STATUSES = {int(stage): status_of(rank(1, stage)) for stage in Stage}


def status_of_stage(stage: int) -> DeliveryStatus:
    """Return the delivery status of a stage."""
    return _STATUSES[stage]
