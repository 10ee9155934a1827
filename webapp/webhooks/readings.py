"""What monitoring reads of webhooks: the states of endpoints, and how far they are behind."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.explain.webhooks import endpoint_state
from webapp.webhooks.turn import Sending


@dataclass(frozen=True, kw_only=True)
class WebhookReadings:
    """All endpoints together; those that staff paused do not count as behind."""

    states: Mapping[str, int]
    """State ("active", "failing", "off", "paused") → how many endpoints have it."""
    behind: int
    """How many events the endpoint that is furthest behind has not got yet."""
    waiting_since: datetime | None
    """When the oldest of these was recorded."""
    failures: int
    """The most tries in a row that failed."""


def webhook_readings(sending: Sending) -> WebhookReadings:
    """Read the endpoints. Raises `StoreUnavailable`."""
    reader = sending.ledger.reader
    head, progress = reader.head(), sending.leases.all()
    states: Counter[str] = Counter()
    oldest, failures = head, 0
    for endpoint, beginning in sending.endpoints.all():
        cursor = progress.get(endpoint.endpoint_id)
        states[endpoint_state(endpoint, cursor)] += 1
        failures = max(failures, cursor.failures if cursor else 0)
        if not endpoint.is_paused:
            oldest = min(oldest, cursor.seq if cursor else beginning.after)
    return WebhookReadings(
        states=states,
        behind=head - oldest,
        waiting_since=reader.time_at(oldest + 1) if oldest < head else None,
        failures=failures,
    )
