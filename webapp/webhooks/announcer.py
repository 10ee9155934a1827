"""Derives messages from events: what the pages would show to have changed, in the order of seq.

A status is the one of `ledger/domain/standing.py`. Nothing is read from the views, which may lag. A
status change is announced where the status of a delivery differs before and after an event, a
completion where no delivery of a launched campaign is pending any more, but for those that staff
accounted for. Nothing changes after an archive, and altered events say nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.domain.actors import SENDER, TWILIO
from ledger.domain.events import (
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignEvent,
    CampaignLaunched,
    CampaignPaused,
    CampaignResumed,
    ContactEvent,
    ContactOptedIn,
    ContactOptedOut,
    DeliveryAccountedFor,
    InboundReceived,
)
from ledger.domain.standing import NOTHING_KNOWN, Fact, Standing
from ledger.domain.vocabulary import DeliveryStatus
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from webapp.webhooks.message import Message, MessageType
from webapp.webhooks.readable import readable_event

_CAMPAIGN_TYPES: Mapping[str, MessageType] = {
    CampaignLaunched.topic: MessageType.LAUNCHED,
    CampaignPaused.topic: MessageType.PAUSED,
    CampaignResumed.topic: MessageType.RESUMED,
    CampaignClosed.topic: MessageType.CLOSED,
    CampaignArchived.topic: MessageType.ARCHIVED,
}
_CONTACT_TOPICS = frozenset({ContactOptedOut.topic, ContactOptedIn.topic, InboundReceived.topic})
_OF_TOTALS = frozenset({MessageType.COMPLETED, MessageType.REOPENED})
_OF_DELIVERIES = _OF_TOTALS | {MessageType.STATUS_CHANGED}
_MOST_CAMPAIGNS = 100
"""Of how many campaigns the number of pending deliveries is kept."""


@dataclass(frozen=True)
class _Campaign:
    """What must be known of a campaign; a seq is None for what did not happen."""

    is_listed: bool
    launched_seq: int | None
    archived_seq: int | None

    def is_launched_at(self, seq: int) -> bool:
        return self.launched_seq is not None and self.launched_seq <= seq

    def counts_at(self, seq: int) -> bool:
        """Whether a fact with this seq counts."""
        return self.is_listed and (self.archived_seq is None or seq < self.archived_seq)


class Announcer:
    """Makes the messages of an endpoint; its memory does not grow with the ledger.

    Attributes:
        seq: The last event that it was given; the next one it is given must follow.
    """

    def __init__(self, reader: LedgerReader, types: Collection[str], after: int) -> None:
        self.seq = after
        self._reader, self._types = reader, frozenset(types)
        self._pending: dict[str, int] = {}
        self._accounted: dict[str, dict[str, int]] = {}

    def messages(self, events: Sequence[RecordedEvent]) -> list[Message]:
        """Return the messages about these events, which follow those before without a gap."""
        sound = [event for event in events if not event.is_altered]
        messages = list(self._of_events(sound))
        if events:
            self.seq = events[-1].seq
        return [message for message in messages if message.type in self._types]

    def _of_events(self, events: Sequence[RecordedEvent]) -> Iterator[Message]:
        if not self._types & _OF_DELIVERIES:
            events = [event for event in events if not event.delivery_id]
        campaigns = self._campaigns({each.campaign_id for each in events if each.campaign_id})
        ranks = self._ranks(events, campaigns)
        for event in events:
            campaign = campaigns.get(event.campaign_id or "")
            if event.delivery_id and campaign:
                yield from self._of_delivery(event, campaign, ranks)
            elif event.topic in _CAMPAIGN_TYPES and campaign:
                yield from self._of_campaign(event, campaign)
            elif event.topic in _CONTACT_TOPICS:
                yield from _of_contact(event)

    def _campaigns(self, campaign_ids: Collection[str]) -> dict[str, _Campaign]:
        streams = self._reader.streams(campaign_ids)
        return {campaign_id: _campaign(events) for campaign_id, events in streams.items()}

    # Deliveries.

    def _ranks(
        self, events: Sequence[RecordedEvent], campaigns: Mapping[str, _Campaign]
    ) -> dict[str, int]:
        """Return the greatest rank that each delivery had before these events."""
        deliveries = defaultdict(set)
        for event in events:
            if event.delivery_id and event.campaign_id and event.columns["rank"] is not None:
                deliveries[event.campaign_id].add(event.delivery_id)
        ranks: dict[str, int] = {}
        for campaign_id, delivery_ids in deliveries.items():
            if campaigns[campaign_id].is_listed:
                ranks |= self._reader.greatest_ranks(campaign_id, delivery_ids, self.seq)
        return ranks

    def _of_delivery(
        self, event: RecordedEvent, campaign: _Campaign, ranks: dict[str, int]
    ) -> Iterator[Message]:
        fact = _fact_of(event)
        if fact is None or not campaign.counts_at(event.seq):
            return
        delivery_id, campaign_id = event.delivery_id or "", event.campaign_id or ""
        is_new = delivery_id not in ranks
        before = NOTHING_KNOWN if is_new else Standing(ranks[delivery_id])
        after = before.with_fact(fact)
        ranks[delivery_id] = after.rank
        if is_new and campaign_id in self._pending:
            self._pending[campaign_id] += after.status is DeliveryStatus.PENDING
        if is_new:
            return
        yield from self._of_status(event, before, after)
        if self._types & _OF_TOTALS:
            yield from self._of_totals(event, campaign, before, after)

    @staticmethod
    def _of_status(event: RecordedEvent, before: Standing, after: Standing) -> Iterator[Message]:
        if before.status is after.status:
            return
        yield _message(
            event,
            MessageType.STATUS_CHANGED,
            campaign_id=event.campaign_id,
            delivery_id=event.delivery_id,
            contact_id=event.contact_id,
            status=after.status,
            previous_status=before.status,
            reason=after.failed_reason,
            code=after.code if after.failed_reason else None,
        )

    def _of_totals(
        self,
        event: RecordedEvent,
        campaign: _Campaign,
        before: Standing,
        after: Standing,
    ) -> Iterator[Message]:
        campaign_id = event.campaign_id or ""
        pending = self._pending_before(campaign_id, event.seq)
        was_open = self._is_open(event, before)
        if event.topic == DeliveryAccountedFor.topic:
            self._accounted[campaign_id][event.delivery_id or ""] = event.columns["rank"]
        left = pending - was_open + self._is_open(event, after)
        self._pending[campaign_id] = left
        if not campaign.is_launched_at(event.seq) or bool(left) == bool(pending):
            return
        kind = MessageType.REOPENED if left else MessageType.COMPLETED
        yield _message(event, kind, campaign_id=campaign_id)

    def _pending_before(self, campaign_id: str, seq: int) -> int:
        """Return for how many deliveries the campaign waited before an event; counted once."""
        if not self._types & _OF_TOTALS:
            return 0
        if campaign_id not in self._pending:
            if len(self._pending) >= _MOST_CAMPAIGNS:
                self._pending.clear()
                self._accounted.clear()
            counts = self._reader.status_counts(campaign_id, seq - 1)
            accounted = self._accounted_before(campaign_id, seq)
            self._accounted[campaign_id] = accounted
            self._pending[campaign_id] = counts[DeliveryStatus.PENDING] - len(accounted)
        return self._pending[campaign_id]

    def _is_open(self, event: RecordedEvent, standing: Standing) -> bool:
        """Whether the campaign waits for the delivery while it has that standing."""
        accounted = self._accounted[event.campaign_id or ""].get(event.delivery_id or "")
        return standing.status is DeliveryStatus.PENDING and accounted != standing.rank

    def _accounted_before(self, campaign_id: str, seq: int) -> dict[str, int]:
        """Return delivery → rank of the texts on which staff expected no report before an event."""
        ranks: dict[str, int] = {}
        after = 0
        while events := self._reader.events(
            after, until=seq - 1, topics=[DeliveryAccountedFor.topic]
        ):
            after = events[-1].seq
            ranks |= {
                event.delivery_id or "": event.columns["rank"]
                for event in events
                if event.campaign_id == campaign_id and not event.is_altered
            }
        greatest = self._reader.greatest_ranks(campaign_id, ranks, seq - 1) if ranks else {}
        return {each: rank for each, rank in ranks.items() if greatest.get(each) == rank}

    # Campaigns.

    def _of_campaign(self, event: RecordedEvent, campaign: _Campaign) -> Iterator[Message]:
        if not campaign.is_listed or not campaign.is_launched_at(event.seq):
            return
        recorded = readable_event(event)
        if not isinstance(recorded, CampaignEvent):
            return
        data = _campaign_data(recorded)
        yield _message(event, _CAMPAIGN_TYPES[event.topic], campaign_id=event.stream_id, **data)
        is_launch = event.topic == CampaignLaunched.topic
        if is_launch and self._pending_before(event.stream_id, event.seq) == 0:
            yield _message(event, MessageType.COMPLETED, campaign_id=event.stream_id)


def _campaign(events: Sequence[RecordedEvent]) -> _Campaign:
    seqs = {each.topic: each.seq for each in events if not each.is_altered}
    created = next((each for each in events if each.topic == CampaignCreated.topic), None)
    return _Campaign(
        is_listed=bool(created and getattr(readable_event(created), "is_listed", True)),
        launched_seq=seqs.get(CampaignLaunched.topic),
        archived_seq=seqs.get(CampaignArchived.topic),
    )


def _campaign_data(event: CampaignEvent) -> dict[str, Any]:
    by = "program" if event.actor in {SENDER, TWILIO} else "staff"
    match event:
        case CampaignLaunched():
            return {"by": by, "contacts": event.contact_count}
        case CampaignPaused():
            return {"by": by, "reason": event.reason, "code": event.code}
        case CampaignClosed():
            return {"by": by, "reason": event.reason}
        case _:
            return {"by": by}


def _of_contact(event: RecordedEvent) -> Iterator[Message]:
    recorded = readable_event(event)
    if not isinstance(recorded, ContactEvent):
        return
    contact = {"contact_id": recorded.contact_id}
    match recorded:
        case InboundReceived():
            text = {**contact, "sid": recorded.sid, "wording": recorded.wording}
            yield _message(event, MessageType.TEXT_RECEIVED, **text)
            if recorded.is_possible_opt_out:
                yield _message(event, MessageType.POSSIBLE_OPT_OUT, **text)
        case ContactOptedOut():
            yield _message(event, MessageType.OPTED_OUT, **contact, source=recorded.source)
        case ContactOptedIn():
            yield _message(event, MessageType.OPTED_IN, **contact, source=recorded.source)


def _fact_of(event: RecordedEvent) -> Fact | None:
    """Return the fact of an event; None where its columns hold none that this program knows."""
    try:
        fact = event.fact
        is_known = fact is None or Standing.of(fact).status in DeliveryStatus
    except ValueError:
        return None
    return fact if is_known else None


def _message(event: RecordedEvent, message_type: MessageType, **data: Any) -> Message:
    return Message(
        type=message_type,
        at=event.recorded_at,
        seq=event.seq,
        leaf=event.row.leaf,
        data={"seq": event.seq, **data},
    )
