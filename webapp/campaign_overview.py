"""The overview of one campaign at the moment that is shown: for its page and the API."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ledger.domain.error_codes import CodeTable
from ledger.domain.unconfirmed import unconfirmed_before
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from projections.campaigns.rows import CampaignRow
from projections.overview.queries import CampaignAct, OverviewRow
from webapp.campaign_cost import CampaignCost, campaign_cost
from webapp.charts.delivery_chart import (
    DeliveryChart,
    DeliverySeries,
    Mark,
    Range,
    default_range,
    delivery_chart,
)
from webapp.charts.time_chart import TimeChart, time_chart
from webapp.current import application
from webapp.explain.campaign_progress import Progress, StateSentence, state_sentence
from webapp.explain.failures import failure_advice
from webapp.explain.numbers import number
from webapp.explain.reasons import REASON_LABELS
from webapp.shown_moment import overviews, past, status, unconfirmed, until_seq

HIGH_SHARE = 0.05
"""A share of failed contacts above this is shown in red."""
_LATELY = timedelta(minutes=10)


@dataclass(frozen=True)
class Failure:
    """Contacts that failed for one reason, or with one code that is not in our table."""

    label: str
    reason: Reason
    code: str | None
    """Only of a code that is not in our table; for the filter."""
    codes: Sequence[str]
    contacts: int
    share: float
    """Of the greatest of them, from 0 to 1."""
    advice: str
    is_resendable: bool


@dataclass(frozen=True, kw_only=True)
class CampaignOverview:
    """What the page shows."""

    sentence: StateSentence
    unconfirmed: int
    delivered_lately: int
    next_try: datetime | None
    resendable: int
    failures: Sequence[Failure]
    failed_share: float
    is_share_high: bool
    chart: DeliveryChart | None
    range: Range
    times: TimeChart | None
    started: int
    """Attempts."""
    cost: CampaignCost


def campaign_overview(
    campaign: CampaignRow,
    actor_names: Mapping[str, str],
    chosen: Range | None,
    *,
    may_act: bool,
) -> CampaignOverview:
    """Return the overview of a campaign at the moment that is shown.

    `may_act`: whether the reader may close the campaign; nobody else is advised to.
    """
    app, moment = application(), past()
    at = (moment and moment.at) or app.clock.now()
    numbers = overviews().campaign(campaign.campaign_id)
    acts = overviews().acts(campaign.campaign_id)
    waiting = unconfirmed().count(campaign.campaign_id, unconfirmed_before(at))
    actor = acts[-1].actor
    next_try = next_try_of(campaign)
    series = _series(campaign, numbers, acts, at)
    chosen = chosen or default_range(series)
    failures = failures_of(numbers, app.codes)
    failed, total = campaign.counts.failed, campaign.counts.total
    progress = Progress(
        campaign=campaign,
        numbers=numbers,
        next_try=next_try,
        at=at,
        is_past=moment is not None,
        acts=acts,
        last_actor=actor_names.get(actor, actor),
        may_act=may_act,
        unconfirmed=waiting,
    )
    return CampaignOverview(
        sentence=state_sentence(progress),
        unconfirmed=waiting,
        delivered_lately=_delivered_since(numbers, campaign, at - _LATELY),
        next_try=next_try,
        resendable=sum(each.contacts for each in failures if each.is_resendable),
        failures=failures,
        failed_share=failed / total if total else 0.0,
        is_share_high=failed > HIGH_SHARE * total,
        chart=delivery_chart(series, chosen),
        range=chosen,
        times=time_chart(numbers.times),
        started=sum(change.started for change in numbers.changes),
        cost=campaign_cost(app, campaign.campaign_id, until_seq()),
    )


def next_try_of(campaign: CampaignRow) -> datetime | None:
    """Return when the next attempt can start; None where none waits for a certain time."""
    if campaign.state is not CampaignState.SENDING:
        return None
    firsts = map(status().contact, overviews().first_due(campaign.campaign_id))
    moments = [first.next_attempt.at for first in firsts if first.next_attempt.is_awaited]
    return min((at for at in moments if at), default=None)


def _delivered_since(numbers: OverviewRow, campaign: CampaignRow, since: datetime) -> int:
    age = (since - campaign.launched_at).total_seconds()
    return sum(each.delivered for each in numbers.changes if each.age_seconds >= age)


# The failures.


def failures_of(numbers: OverviewRow, codes: CodeTable) -> list[Failure]:
    """Return why contacts failed, the most frequent reason first."""
    contacts: dict[tuple[Reason, str | None], int] = defaultdict(int)
    seen: dict[tuple[Reason, str | None], list[str]] = defaultdict(list)
    for each in numbers.standings:
        if each.status is not DeliveryStatus.FAILED:
            continue
        is_strange = each.code is not None and codes.find(each.code) is None
        key = each.reason or Reason.UNKNOWN, each.code if is_strange else None
        contacts[key] += each.contacts
        seen[key] += [each.code] if each.code and each.code not in seen[key] else []
    greatest = max(contacts.values(), default=1)
    return [
        Failure(
            label=f"Code {code}" if code else REASON_LABELS[reason],
            reason=reason,
            code=code,
            codes=seen[reason, code],
            contacts=count,
            share=count / greatest,
            advice=failure_advice(reason, code),
            is_resendable=not reason.is_resend_advised_against
            and reason not in {Reason.OPTED_OUT, Reason.FORGOTTEN, Reason.NO_CONSENT},
        )
        for (reason, code), count in sorted(contacts.items(), key=lambda item: -item[1])
    ]


# The chart.


def _series(
    campaign: CampaignRow, numbers: OverviewRow, acts: Sequence[CampaignAct], at: datetime
) -> DeliverySeries:
    archived_at = acts[-1].at if campaign.state is CampaignState.ARCHIVED else None
    return DeliverySeries(
        launched_at=campaign.launched_at,
        total=campaign.counts.total,
        changes=numbers.changes,
        marks=_marks(campaign, numbers, acts),
        archived_at=archived_at,
        until=_end(campaign, numbers, acts, at),
    )


def _end(
    campaign: CampaignRow, numbers: OverviewRow, acts: Sequence[CampaignAct], at: datetime
) -> datetime:
    """Return the moment itself, or of a campaign that is over a little after its last change."""
    is_over = campaign.is_complete or campaign.state is CampaignState.ARCHIVED
    if not is_over or numbers.last_change is None:
        return at
    changed_at = campaign.launched_at + timedelta(seconds=numbers.last_change)
    last = max(changed_at, acts[-1].at)
    return min(at, last + max((last - campaign.launched_at) / 20, timedelta(seconds=2)))


_ACT_WORDS = {
    CampaignState.PAUSED: "Paused",
    CampaignState.SENDING: "Resumed",
    CampaignState.CLOSED: "Closed",
    CampaignState.ARCHIVED: "Archived",
}


def _marks(campaign: CampaignRow, numbers: OverviewRow, acts: Sequence[CampaignAct]) -> list[Mark]:
    resent = [
        Mark(
            campaign.launched_at + timedelta(seconds=change.age_seconds),
            f"Resent {number(change.resent)}",
        )
        for change in numbers.changes
        if change.resent
    ]
    done = [
        Mark(act.at, _ACT_WORDS[act.state])
        for before, act in pairwise(acts)
        if before.state is not act.state
    ]
    return [*resent, *done][-12:]
