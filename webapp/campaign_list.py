"""The list of campaigns at the moment that is shown: each with its progress, and the totals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from projections.campaigns.rows import CampaignRow
from projections.overview.listed import ListedNumbers
from projections.tables.folding import spellings_of
from webapp.current import application
from webapp.explain.campaign_list import ListedState, listed_state, pace_words, progress_fact
from webapp.months import month_of
from webapp.shown_moment import past, status


@dataclass(frozen=True)
class ListFilter:
    """Which campaigns are shown: of a state, of an office, with these words in the name."""

    state: ListedState | None = None
    office_id: str | None = None
    search: str = ""
    month: date | None = None
    """The first day of the month in which they were launched, in the school's zone."""
    after: str | None = None
    """Only those that stand behind this campaign."""


@dataclass(frozen=True)
class ListedCampaign:
    """A campaign in the list."""

    campaign: CampaignRow
    pace: str
    """Blank where nothing goes out."""
    fact: str
    """What stands at the right of the bar."""


@dataclass(frozen=True)
class ActiveTotals:
    """The numbers of all campaigns that are active, and what was delivered today."""

    delivered_today: int
    pending: int
    failed: int
    contacts: int


@dataclass(frozen=True, kw_only=True)
class CampaignList:
    """A page of the list."""

    chosen: ListFilter
    rows: Sequence[ListedCampaign]
    counts: Mapping[ListedState, int]
    """Of all campaigns that the office and the search select."""
    is_first: bool
    next_after: str | None
    totals: ActiveTotals | None
    """None in the past."""

    @property
    def campaigns(self) -> list[CampaignRow]:
        """The campaigns of the page."""
        return [row.campaign for row in self.rows]


def campaign_list(chosen: ListFilter, names: Mapping[str, str], size: int) -> CampaignList:
    """Return a page of the campaigns, the newest first; `names` are user id → name."""
    moment = past()
    at = (moment and moment.at) or application().clock.now()
    of_office = status().campaigns(office_id=chosen.office_id)
    found = [
        campaign
        for campaign in of_office
        if _has_words(campaign, chosen.search) and _is_of_month(campaign, chosen.month)
    ]
    states = {campaign.campaign_id: listed_state(campaign, at) for campaign in found}
    shown = [each for each in found if chosen.state in {None, states[each.campaign_id]}]
    page = _page(shown, chosen.after, size + 1)
    numbers = {} if moment else _numbers(page[:size], at)
    return CampaignList(
        chosen=chosen,
        rows=[_listed(each, numbers.get(each.campaign_id), at, names) for each in page[:size]],
        counts=Counter(states.values()),
        is_first=chosen.after is None,
        next_after=page[size - 1].campaign_id if len(page) > size else None,
        totals=None if moment else _totals(of_office, at),
    )


def _has_words(campaign: CampaignRow, search: str) -> bool:
    """Whether the name has each of the words, in any of its spellings."""
    spellings = spellings_of(campaign.name)
    return all(
        any(folded in spelling for spelling in spellings for folded in spellings_of(word))
        for word in search.split()
    )


def _is_of_month(campaign: CampaignRow, month: date | None) -> bool:
    zone = ZoneInfo(application().settings.time_zone)
    return month is None or month_of(campaign.launched_at, zone) == month


def _page(campaigns: Sequence[CampaignRow], after: str | None, size: int) -> list[CampaignRow]:
    places = {campaign.campaign_id: place for place, campaign in enumerate(campaigns, start=1)}
    start = places.get(after, 0) if after else 0
    return list(islice(campaigns, start, start + size))


def _numbers(campaigns: Sequence[CampaignRow], at: datetime) -> dict[str, ListedNumbers]:
    ages = {each.campaign_id: (at - each.launched_at).total_seconds() for each in campaigns}
    return application().listed.numbers(ages)


def _listed(
    campaign: CampaignRow, numbers: ListedNumbers | None, at: datetime, names: Mapping[str, str]
) -> ListedCampaign:
    changed_by = names.get(campaign.changed_by, campaign.changed_by)
    return ListedCampaign(
        campaign,
        pace_words(campaign, numbers, at) if numbers else "",
        progress_fact(campaign, numbers, at, changed_by),
    )


def _totals(campaigns: Sequence[CampaignRow], at: datetime) -> ActiveTotals:
    zone = ZoneInfo(application().settings.time_zone)
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    active = [each.counts for each in campaigns if listed_state(each, at) is ListedState.ACTIVE]
    launches = {campaign.campaign_id: campaign.launched_at for campaign in campaigns}
    return ActiveTotals(
        delivered_today=application().listed.delivered_since(midnight, launches),
        pending=sum(counts.pending for counts in active),
        failed=sum(counts.failed for counts in active),
        contacts=sum(counts.total for counts in active),
    )
