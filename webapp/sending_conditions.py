"""What holds back all deliveries: the sending switch, a cap, and the provider's rate limit."""

from collections.abc import Callable

from ledger.commands.repository import sending_switch
from ledger.domain.holds import SendingConditions
from ledger.errors import EventProblemFound
from ledger.reader import LedgerReader
from ledger.sending.rate_limiter import RateLimiter
from webapp.sound_aggregates import SoundAggregates


def sending_conditions(
    reader: LedgerReader, rate_limiter: Callable[[], RateLimiter], until: int | None = None
) -> SendingConditions:
    """Return the conditions now, or right after the seq `until`.

    Rate limits are not recorded, so the conditions of the past have none. While it is not known
    whether sending is on, no time of an attempt is promised: that counts as off.
    """
    limited_until = rate_limiter().blocked_until() if until is None else None
    try:
        switch = sending_switch(SoundAggregates(reader, until))
    except EventProblemFound:
        return SendingConditions(is_off=True, limited_until=limited_until)
    return SendingConditions(
        is_off=switch.is_off, limited_until=limited_until, held_until=switch.held_until
    )
