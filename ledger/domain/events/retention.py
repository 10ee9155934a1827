"""The events of the retention rule: how long personal data is kept. All are in one stream."""

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class RetentionSet(Event):
    """From now on contacts are forgotten by themselves, under this rule; or no longer."""

    days: int | None
    """How many days after the end of their last campaign; None: never."""
    begins_at: datetime | None
    """Before this time nobody is forgotten, unless an admin confirms the rule."""
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class RetentionConfirmed(Event):
    """An admin read what the rule will do, and let it begin at once."""

    rule: int
    """The number of the rule: the version of its `RetentionSet` in the stream."""
