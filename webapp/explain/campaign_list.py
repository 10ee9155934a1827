"""What the list of campaigns says beside each bar: how fast it is, or what it waits for."""

from datetime import datetime, timedelta
from enum import StrEnum

from ledger.domain.vocabulary import CampaignState
from projections.campaigns.rows import CampaignRow
from projections.overview.listed import ListedNumbers
from webapp.explain.campaign_progress import minutes_left
from webapp.explain.near_times import day_in_sentence, since
from webapp.explain.numbers import number


class ListedState(StrEnum):
    """In which of the lists a campaign stands; it is in one only."""

    ACTIVE = "active"
    SCHEDULED = "scheduled"
    COMPLETE = "complete"
    CLOSED = "closed"
    ARCHIVED = "archived"


LISTED_LABELS = {state: state.capitalize() for state in ListedState}


def listed_state(campaign: CampaignRow, at: datetime) -> ListedState:
    """Return the list of a campaign. A paused one is active: it waits for somebody."""
    starts_at = campaign.timing.starts_at
    if campaign.state is CampaignState.ARCHIVED:
        return ListedState.ARCHIVED
    if campaign.is_complete:
        return ListedState.COMPLETE
    if campaign.state is CampaignState.CLOSED:
        return ListedState.CLOSED
    if campaign.state is CampaignState.SENDING and starts_at and starts_at > at:
        return ListedState.SCHEDULED
    return ListedState.ACTIVE


def pace_words(campaign: CampaignRow, numbers: ListedNumbers, at: datetime) -> str:
    """Return "512 a minute" while a campaign sends; blank where nothing goes out."""
    rate = numbers.per_minute((at - campaign.launched_at).total_seconds())
    is_sending = campaign.state is CampaignState.SENDING and numbers.queued
    return f"{number(round(rate))} a minute" if is_sending and rate >= 1 else ""


def progress_fact(
    campaign: CampaignRow, numbers: ListedNumbers | None, at: datetime, changed_by: str
) -> str:
    """Return the one fact beside the bar: "about 4 minutes left", "waits for 3", "done today".

    Without `numbers`, which only the present has, it says what the state and the counts say.
    """
    match listed_state(campaign, at):
        case ListedState.ARCHIVED:
            return f"archived {day_in_sentence(campaign.changed_at, at)}"
        case ListedState.CLOSED:
            return f"closed {day_in_sentence(campaign.changed_at, at)}"
        case ListedState.COMPLETE:
            return _done(campaign, numbers, at)
        case ListedState.SCHEDULED if campaign.timing.starts_at:
            return f"starts {since(campaign.timing.starts_at, at)}"
    if campaign.state is CampaignState.PAUSED:
        who = "itself" if campaign.state_cause else changed_by
        return f"paused by {who} {since(campaign.changed_at, at)}"
    return _sending(campaign, numbers, at)


def _done(campaign: CampaignRow, numbers: ListedNumbers | None, at: datetime) -> str:
    if numbers is None or numbers.last_change is None:
        return ""
    last = campaign.launched_at + timedelta(seconds=numbers.last_change)
    return f"done {day_in_sentence(last, at)}"


def _sending(campaign: CampaignRow, numbers: ListedNumbers | None, at: datetime) -> str:
    if campaign.held_until and campaign.held_until > at:
        return f"goes out {since(campaign.held_until, at)}"
    if numbers is None or not numbers.queued:
        return f"waits for {number(campaign.counts.pending - campaign.accounted_for)}"
    rate = numbers.per_minute((at - campaign.launched_at).total_seconds())
    if numbers.queued == campaign.counts.total and rate < 1:
        return "goes out now"
    sent = f"{100 * (campaign.counts.total - numbers.queued) // campaign.counts.total} % sent"
    return f"{sent}, {minutes_left(numbers.queued / rate)} left" if rate >= 1 else sent
