"""By how much the clocks of a time zone are ahead of UTC, and from when on."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ledger.clock import EPOCH

_HOUR = timedelta(hours=1)


@lru_cache(maxsize=16)
def offsets_of(zone: ZoneInfo, year: int, last_year: int) -> Sequence[tuple[int, int]]:
    """Return the hours since 1970 UTC from which the clocks of a zone are so many minutes ahead.

    From the day before a year until the end of another one, at most two years later: texts may be
    sent long after a launch.
    """
    offsets: list[tuple[int, int]] = []
    hour = (datetime(year, 1, 1, tzinfo=UTC) - EPOCH) // _HOUR - 24
    end = (datetime(min(max(year, last_year), year + 2) + 1, 1, 1, tzinfo=UTC) - EPOCH) // _HOUR
    while hour < end:
        ahead = _minutes_ahead(hour, zone)
        if not offsets:
            offsets.append((hour, ahead))
        elif ahead != offsets[-1][1]:
            day = range(hour - 23, hour + 1)
            first = next(each for each in day if _minutes_ahead(each, zone) == ahead)
            offsets.append((first, ahead))
        hour += 24
    return offsets


def _minutes_ahead(hour: int, zone: ZoneInfo) -> int:
    ahead = (EPOCH + hour * _HOUR).astimezone(zone).utcoffset() or timedelta(0)
    return ahead // timedelta(minutes=1)
