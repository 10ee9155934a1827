"""When campaigns act by themselves, as the settings say."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When campaigns act by themselves."""

    of_last: int
    """So many of the last outcomes are looked at, once there are as many since the last act."""
    failure_share: float | None
    """From this share of them on, 0 to 1, a campaign pauses; None: never."""
    archive_after: timedelta | None
    """So long after its launch, or a start that was set later; None: never."""
