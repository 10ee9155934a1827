"""Launches that were begun and never finished: they are closed, so that they text nobody later."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from ledger.domain.actors import SENDER
from ledger.domain.campaign import Campaign
from ledger.domain.events import (
    CampaignClosed,
    CampaignCreated,
    CampaignLaunched,
    LaunchRequested,
)
from ledger.ledger import Ledger
from ledger.reader import LedgerReader
from ledger.store.search import Search
from ledger.unit_of_work import Command, UnitOfWork

_ABANDONED_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class SweepLaunch(Command[None]):
    """Close a launch that was never finished. Refused for any other campaign."""

    campaign_id: str

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        work.append(work.load(Campaign, self.campaign_id).sweep(SENDER))


def sweep_abandoned(ledger: Ledger) -> int:
    """Close unfinished launches without an event for an hour, and return their number."""
    created = _campaigns_with(ledger.reader, CampaignCreated.topic)
    ends = (CampaignLaunched.topic, CampaignClosed.topic, LaunchRequested.topic)
    ended = _campaigns_with(ledger.reader, *ends)
    return sum(_sweep(ledger, campaign_id) for campaign_id in created - ended)


def _campaigns_with(reader: LedgerReader, *topics: str) -> set[str]:
    events = reader.search(Search(topics=topics))
    return {event.campaign_id for event in events if event.campaign_id}


def _sweep(ledger: Ledger, campaign_id: str) -> int:
    (last,) = ledger.reader.search(Search(campaign_id=campaign_id, newest_first=True), limit=1)
    if ledger.clock.now() - last.recorded_at < _ABANDONED_AFTER:
        return 0
    ledger.execute(SweepLaunch(campaign_id)).result()
    return 1
