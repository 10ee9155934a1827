"""The confirmation of an opt-out: the one text that may go to an opted-out number (R16).

Who opts out in their own words gets one text that says so, within five minutes or never. Where
Twilio acts on the opt-out as well, Twilio confirms it. Standard library only.
"""

from datetime import datetime, timedelta

from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import OptOutSource, Reason

CONFIRM_WITHIN = timedelta(minutes=5)
"""How long after the receipt of an opt-out its confirmation may be sent."""


def confirmation_schedule(confirm_before: datetime) -> Schedule:
    """Return when a confirmation may be sent: at any hour, until this time."""
    return Schedule(send_before=confirm_before)


def why_not_to_confirm(
    delivery: Delivery, confirm_before: datetime, contact: Contact, now: datetime
) -> Reason | None:
    """Return why a confirmation may make no more attempts; None if it may.

    It may only while the number is opted out by the person's own words and by nothing else.
    """
    if not contact.is_opted_out:
        return Reason.CANCELED
    if contact.opt_out_sources != (OptOutSource.WORDS,):
        return Reason.OPTED_OUT
    earliest = max(delivery.standing.next_at or now, now)
    is_in_time = confirmation_schedule(confirm_before).open_until(earliest, "") is not None
    return None if is_in_time else Reason.TOO_LATE
