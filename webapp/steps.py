"""Steps from one moment to another: along a campaign's events, a delivery's, or all of them."""

from dataclasses import replace
from enum import StrEnum

from ledger.domain.events import CampaignLaunched
from ledger.reader import LedgerReader
from ledger.store.search import Search


class Step(StrEnum):
    """Where to go from a moment."""

    FIRST = "first"
    PREVIOUS = "previous"
    NEXT = "next"
    LAST = "last"


def step_from(
    reader: LedgerReader,
    seq: int,
    step: Step,
    *,
    campaign_id: str | None = None,
    delivery_id: str | None = None,
) -> int:
    """Return the seq that is a step away from another, among the events of a page.

    Those are the launch of the campaign and what was recorded after it for the campaign, or for
    the delivery, without the record of access; without either, all events. At the first event and
    at the last one it stays there.
    """
    if delivery_id is not None:
        enrolment = next(iter(reader.stream(delivery_id)), None)
        campaign_id = enrolment.campaign_id if enrolment else None
    launch = _launch_seq(reader, campaign_id) if campaign_id else None
    if launch is None:
        return _step_in_ledger(reader, seq, step)
    after_launch = Search(
        campaign_id=None if delivery_id else campaign_id,
        delivery_id=delivery_id,
        leaves_out_access=True,
        after=launch,
    )
    match step:
        case Step.FIRST:
            return launch
        case Step.LAST:
            return _last(reader, after_launch) or launch
        case Step.NEXT:
            following = replace(after_launch, after=max(seq, launch)) if seq >= launch else None
            return (_first(reader, following) if following else launch) or seq
        case Step.PREVIOUS:
            shown = _last(reader, replace(after_launch, before=seq + 1))
            return (shown and _last(reader, replace(after_launch, before=shown))) or launch


def _step_in_ledger(reader: LedgerReader, seq: int, step: Step) -> int:
    head = reader.head()
    seqs = {Step.FIRST: 1, Step.PREVIOUS: seq - 1, Step.NEXT: seq + 1, Step.LAST: head}
    return min(max(seqs[step], 1), head)


def _launch_seq(reader: LedgerReader, campaign_id: str) -> int | None:
    return _first(reader, Search(campaign_id=campaign_id, topics=(CampaignLaunched.topic,)))


def _first(reader: LedgerReader, search: Search) -> int | None:
    return next((event.seq for event in reader.search(search, limit=1)), None)


def _last(reader: LedgerReader, search: Search) -> int | None:
    return _first(reader, replace(search, newest_first=True))
