"""The limits at which automatic acts happen, from the settings."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a campaign is paused or archived automatically."""

    of_last: int
    """How many of the last outcomes are counted, once there are as many since the last act."""
    failure_share: float | None
    """The share of failures, 0 to 1, from which a campaign pauses; None: it never does."""
    archive_after: timedelta | None
    """How long after its launch, or its later start, a campaign is archived; None: never."""
