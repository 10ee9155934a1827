"""Times as staff and their spreadsheets write them in the cells of a file.

2026-11-24T09:00   2026-11-24 09:00   2026-11-24   2026-11-24T09:00:00+00:00
11/24/2026 9:00 AM   11/24/2026 09:00   11/24/2026          in the United States only
"""

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.local_times import parse_moment
from ledger.errors import BadInput

_MONTH_FIRST = "US"
"""Elsewhere 4/5/2026 may be the fourth of May or the fifth of April, so that it is refused."""
_MONTH_FIRST_FORMATS = (
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
)
_LONGEST_TIME = 40


@dataclass(frozen=True, kw_only=True)
class WrittenTimes:
    """Reads times of the past: those without an offset are local times of `zone`."""

    zone: str = "UTC"
    region: str = _MONTH_FIRST
    """The school's country, two letters."""
    now: datetime | None = None
    """A later time is refused; None: none is."""

    def read(self, text: str) -> datetime | None:
        """Return the time in UTC; None for a blank text. Raises BadInput."""
        written = text.strip()
        try:
            moment = parse_moment(self._iso(written), self.zone)
        except BadInput:
            raise BadInput(
                f"\u201c{written[:_LONGEST_TIME]}\u201d is no time; write one such as "
                "2026-11-24 or 2026-11-24T09:00"
            ) from None
        if moment and self.now and moment > self.now:
            raise BadInput(f"\u201c{written}\u201d is in the future")
        return moment

    def _iso(self, written: str) -> str:
        """Return a time with the month first in ISO 8601; any other text unchanged."""
        if self.region != _MONTH_FIRST or "/" not in written:
            return written
        for each in _MONTH_FIRST_FORMATS:
            try:
                return datetime.strptime(written.upper(), each).isoformat()  # noqa: DTZ007 - local
            except ValueError:
                continue
        return written
