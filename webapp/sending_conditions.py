"""What holds back all deliveries: the sending switch, a cap, and the provider's rate limit."""

from collections.abc import Callable

from ledger.domain.holds import SendingConditions
from ledger.domain.sending_switch import STREAM, SendingSwitch
from ledger.reader import LedgerReader
from ledger.sending.rate_limiter import RateLimiter


def sending_switch_at(reader: LedgerReader, until: int | None) -> SendingSwitch:
    """Return the switch that allows or stops all sending, now or right after the seq `until`."""
    events = reader.stream(STREAM)
    return SendingSwitch.from_events(
        STREAM, (recorded.event for recorded in events if until is None or recorded.seq <= until)
    )


def sending_conditions(
    reader: LedgerReader, rate_limiter: Callable[[], RateLimiter], until: int | None = None
) -> SendingConditions:
    """Return the conditions now, or right after the seq `until`.

    Rate limits are not recorded, so the conditions of the past have none.
    """
    switch = sending_switch_at(reader, until)
    limited_until = rate_limiter().blocked_until() if until is None else None
    return SendingConditions(
        is_off=switch.is_off, limited_until=limited_until, held_until=switch.held_until
    )
