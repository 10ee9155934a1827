"""The texts of deliveries: the campaign's message with the contact's merge fields."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from ledger.domain.campaign import Campaign
from ledger.domain.events import ContactEnrolled
from ledger.errors import LedgerError, StoreUnavailable
from ledger.messages.message_variants import MessageTemplate, template_of_text
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Text:
    """The text of a delivery: an E.164 number, and the merged message."""

    to: str
    body: str


def texts_of(reader: LedgerReader, delivery_ids: Collection[str]) -> dict[str, Text | None]:
    """Return delivery id → text; None where the contact was forgotten.

    A text that cannot be read is left out and logged, so that it never stops the others.
    """
    enrolments = reader.first_events(delivery_ids)
    streams = reader.streams({event.campaign_id for event in enrolments if event.campaign_id})

    @cache
    def template_for(campaign_id: str) -> MessageTemplate:
        events = (recorded.event for recorded in streams.get(campaign_id, ()))
        campaign = Campaign.from_events(campaign_id, events)
        if campaign.text is None:
            raise LedgerError("the text of its campaign is gone")
        return template_of_text(campaign.text)

    texts: dict[str, Text | None] = {}
    for enrolled in enrolments:
        try:
            texts[enrolled.stream_id] = _text(enrolled, template_for(enrolled.campaign_id or ""))
        except StoreUnavailable:
            raise
        except LedgerError as error:
            _log.error("The text of %s cannot be read: %s", enrolled.stream_id, error)
    return texts


def _text(enrolled: RecordedEvent, template: MessageTemplate) -> Text | None:
    event = enrolled.event
    if not isinstance(event, ContactEnrolled) or event.private is None:
        return None
    return Text(to=event.private.phone, body=template.merge(event.private.fields))
