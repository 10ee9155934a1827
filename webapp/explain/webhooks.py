"""What readers learn about webhooks: types of messages, the state of an endpoint, what changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.domain.events import (
    WebhookAdded,
    WebhookEvent,
    WebhookPaused,
    WebhookRemoved,
    WebhookReplayed,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookTypesChosen,
)
from ledger.domain.vocabulary import SwitchOffCause
from webapp.explain.numbers import counted, number, plural
from webapp.explain.times import zoned_text

if TYPE_CHECKING:  # sending needs libraries that are slow to import
    from ledger.domain.webhooks import Endpoint
    from webapp.webhooks.posting import Answer
    from webapp.webhooks.progress import Progress

TYPE_SENTENCES: Mapping[str, str] = {
    "delivery.status_changed": "The status of a contact in a campaign changed",
    "campaign.launched": "A campaign was launched",
    "campaign.completed": "Every contact of a campaign is delivered or failed",
    "campaign.reopened": "A complete campaign has a pending contact again",
    "campaign.paused": "A campaign was paused, by staff or by itself",
    "campaign.resumed": "A paused campaign was resumed",
    "campaign.closed": "A campaign was closed",
    "campaign.archived": "A campaign was archived",
    "text.received": "A person sent a text",
    "contact.possible_opt_out": "A text may ask for an opt-out, and staff must decide",
    "contact.opted_out": "A person opted out",
    "contact.opted_in": "A person opted in again",
    "proof.failed": "A verification of the ledger found faults",
    "notice": "What staff get by mail too, such as that no callbacks come",
}
STATE_TONES: Mapping[str, str] = {
    "active": "good",
    "failing": "bad",
    "off": "bad",
    "paused": "wait",
}
"""State of an endpoint → how good the news is."""
_CAUSES = {
    SwitchOffCause.GONE: "it answered 410: it wants no messages",
    SwitchOffCause.FAILING: "it took no message for five days",
}


def webhook_change(event: WebhookEvent) -> str:
    """Return what happened to an endpoint: "Webhook endpoint paused"."""
    match event:
        case WebhookAdded():
            personal = ", with numbers, names and texts" if event.has_personal_data else ""
            return f"Webhook endpoint added: {counted(len(event.types), 'type')}{personal}"
        case WebhookSecretRotated():
            return "Secret of a webhook endpoint rotated"
        case WebhookTypesChosen():
            return f"Webhook endpoint gets other messages: {counted(len(event.types), 'type')}"
        case WebhookPaused():
            return "Webhook endpoint paused"
        case WebhookResumed():
            return "Webhook endpoint resumed"
        case WebhookReplayed():
            return f"Webhook endpoint gets everything since #{number(event.since)} again"
        case WebhookSwitchedOff():
            return f"Webhook endpoint switched off: {_CAUSES[event.cause]}"
        case WebhookRemoved():
            return "Webhook endpoint removed"
    raise TypeError(event)


def endpoint_state(endpoint: "Endpoint", progress: "Progress | None") -> str:
    """Return the state of an endpoint in one word: active, failing, paused, off."""
    if endpoint.switched_off:
        return "off"
    if endpoint.is_paused:
        return "paused"
    return "failing" if progress and progress.failing_since else "active"


def endpoint_sentence(
    endpoint: "Endpoint", progress: "Progress | None", head: int, now: datetime
) -> str:
    """Return what an endpoint does, and what staff can do about it."""
    behind = max(head - progress.seq, 0) if progress else 0
    waits = f" {counted(behind, 'event')} {plural(behind, 'waits', 'wait')}." if behind else ""
    if endpoint.address is None:
        return "Its address cannot be read, so nothing is sent. Remove it and add it again."
    if endpoint.switched_off:
        cause = _CAUSES[endpoint.switched_off]
        return f"Nothing is sent any more: {cause}.{waits} Resume it when it works again."
    if endpoint.is_paused:
        return f"Nothing is sent until it is resumed.{waits}"
    if progress and progress.failing_since:
        again = zoned_text(max(progress.next_try_at, now))
        tries = counted(progress.failures, "try", "tries")
        return (
            f"No message was taken since {zoned_text(progress.failing_since)}, in {tries}. "
            f"The next try is at {again}; Resume tries at once.{waits}"
        )
    if behind:
        return f"Messages go out.{waits}"
    return "All messages were sent."


def answer_words(answer: "Answer") -> str:
    """Return what came of a try: "204", or "no answer in time"."""
    return str(answer.status_code) if answer.status_code is not None else answer.error
