"""Whether the contacts of a file can be texted in the hours and by the deadline of a campaign."""

from collections.abc import Mapping
from datetime import datetime

from ledger.domain.local_times import in_words
from ledger.domain.schedule import BadSchedule, Schedule, SendWindow


def check_hours(counts: Mapping[str, int], schedule: Schedule, zone: str, now: datetime) -> None:
    """Raise `BadSchedule` where the hours never come for a contact, or for nobody in time.

    `counts` is time zone → the number of contacts; `zone` is the school's, for the words.
    """
    if schedule.window is None:
        return
    hours = Schedule(window=schedule.window)
    without_hours = sum(n for name, n in counts.items() if not hours.leaves_time(now, name))
    if without_hours:
        raise BadSchedule("window", _hours_never_come(schedule.window, without_hours))
    if schedule.send_before and not any(schedule.leaves_time(now, name) for name in counts):
        start = max(now, schedule.starts_at or now)
        raise BadSchedule(
            "send_before",
            f"Nobody could be texted: the hours {schedule.window} come for no contact between "
            f"{in_words(start, zone)} and {in_words(schedule.send_before, zone)}. Change the "
            "hours, the start, or the time before which the texts must go out.",
        )


def too_late_count(counts: Mapping[str, int], schedule: Schedule, now: datetime) -> int:
    """Return for how many contacts the hours come only when it is too late.

    0 where that is so for all of them, which `check_hours` refuses.
    """
    if schedule.window is None or schedule.send_before is None:
        return 0
    count = sum(n for name, n in counts.items() if not schedule.leaves_time(now, name))
    return count if count < sum(counts.values()) else 0


def _hours_never_come(window: SendWindow, count: int) -> str:
    contacts = "1 contact" if count == 1 else f"{count:,} contacts"
    return (
        f"The hours {window} never come for {contacts}, whose numbers can be in several time "
        "zones: hours must fit all of them. Make the hours longer, or write the zone of each "
        "contact into a column time_zone."
    )
