"""Whether contacts can be texted in a campaign's hours, by its deadline."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from ledger.commands.launch_order import LaunchOrder
from ledger.domain.schedule import Schedule, SendWindow
from ledger.errors import BadInput
from ledger.messages.contact_rows import ContactFileRow
from ledger.messages.sending_hours import check_hours, too_late_count

DAY = SendWindow.parse("08:00-21:00")
NIGHT = datetime(2026, 11, 24, 7, tzinfo=UTC)
"""02:00 in New York, 23:00 on the day before in Los Angeles."""
SCHOOL = "America/New_York"


def contacts_in(*zones: str) -> Mapping[str, int]:
    rows = [ContactFileRow(n, f"+1415555010{n}", "", {}, zone) for n, zone in enumerate(zones)]
    order = LaunchOrder(name="", message="", rows=rows, timing=Schedule(window=DAY), zone=SCHOOL)
    return order.zone_counts


def refusal(schedule: Schedule, *zones: str) -> str:
    with pytest.raises(BadInput) as refused:
        check_hours(contacts_in(*zones), schedule, SCHOOL, NIGHT)
    return str(refused.value)


def test_hours_that_come_for_somebody_are_taken():
    by_two = Schedule(window=DAY, send_before=NIGHT.replace(hour=14))
    contacts = contacts_in("", "America/Los_Angeles", "America/Los_Angeles")
    check_hours(contacts, by_two, SCHOOL, NIGHT)
    assert too_late_count(contacts, by_two, NIGHT) == 2


def test_hours_that_come_for_nobody_in_time_are_refused():
    by_one = Schedule(window=DAY, send_before=NIGHT.replace(hour=13))
    assert refusal(by_one, "", "America/Los_Angeles") == (
        "Nobody could be texted: the hours 08:00-21:00 come for no contact between 24 Nov 2026, "
        "02:00 in America/New_York and 24 Nov 2026, 08:00 in America/New_York. Change the hours, "
        "the start, or the time before which the texts must go out."
    )


def test_nobody_is_counted_as_too_late_where_all_are():
    by_one = Schedule(window=DAY, send_before=NIGHT.replace(hour=13))
    assert too_late_count(contacts_in("", "America/Denver"), by_one, NIGHT) == 0


def test_hours_that_never_come_for_a_contact_are_refused():
    early = Schedule(window=SendWindow.parse("08:00-08:30"))
    check_hours(contacts_in("", "America/Denver"), early, SCHOOL, NIGHT)
    assert refusal(early, "", "America/Chicago America/New_York") == (
        "The hours 08:00-08:30 never come for 1 contact, whose numbers can be in several time "
        "zones: hours must fit all of them. Make the hours longer, or write the zone of each "
        "contact into a column time_zone."
    )


def test_without_hours_or_a_deadline_nobody_is_too_late():
    contacts = contacts_in("", "America/Los_Angeles")
    assert too_late_count(contacts, Schedule(window=DAY), NIGHT) == 0
    by_one = Schedule(send_before=NIGHT.replace(hour=13))
    assert too_late_count(contacts, by_one, NIGHT) == 0
    check_hours(contacts, by_one, SCHOOL, NIGHT)
