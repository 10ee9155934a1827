"""All campaigns by the month of their launch, at the moment that is shown: for page, files and API.

Everything comes from small tables: what it costs does not depend on the number of contacts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ledger.errors import NotFound
from projections.campaigns.rows import CampaignRow
from projections.costs.queries import Cost
from projections.overview.all_campaigns import AllNumbers
from projections.responses import Responses
from webapp.charts.heat_table import HeatRow, heat_table
from webapp.charts.month_chart import MonthChart, MonthNumbers, month_chart
from webapp.current import application
from webapp.explain.costs import decimal_text
from webapp.shown_moment import all_campaigns, costs, past, responses, status
from webapp.zone_offsets import offsets_of

LAST_YEAR = 2999


@dataclass(frozen=True, kw_only=True)
class Month:
    """The campaigns that were launched in a month, or in a year."""

    start: date
    """The first day."""
    campaigns: int
    texts: int
    """The texts that Twilio accepted."""
    delivered: int
    pending: int
    failed: int
    unreachable: int
    """The failed contacts whose number cannot be reached."""
    replies: int
    """Texts from people in this month, whatever they answered."""
    opt_outs: int
    costs: Sequence[Cost]
    """What the texts of these campaigns cost, in each currency."""

    @property
    def contacts(self) -> int:
        """All contacts of the campaigns."""
        return self.delivered + self.pending + self.failed

    @property
    def reachable(self) -> int:
        """The contacts whose number can be reached, as far as is known."""
        return self.contacts - self.unreachable

    @property
    def priced(self) -> int:
        """The texts of which the price is known."""
        return sum(cost.texts for cost in self.costs)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show of the month."""
        return not (self.campaigns or self.replies or self.opt_outs)

    @property
    def key(self) -> str:
        """The month as addresses and files have it: 2026-11."""
        return f"{self.start:%Y-%m}"


@dataclass(frozen=True, kw_only=True)
class Months:
    """A year of campaigns."""

    year: int
    years: Sequence[int]
    """Those with campaigns, the newest first."""
    months: Sequence[Month]
    """From the first month with campaigns or replies to the last, the newest first."""
    total: Month
    chart: MonthChart | None
    heat: Sequence[HeatRow]


def months_of(year: int | None, office_id: str | None) -> Months:
    """Return a year of the school's zone, the last one with campaigns where none is named."""
    zone = ZoneInfo(application().settings.time_zone)
    campaigns = status().campaigns(office_id=office_id)
    by_month: dict[date, list[CampaignRow]] = defaultdict(list)
    for campaign in campaigns:
        by_month[month_of(campaign.launched_at, zone)].append(campaign)
    years = sorted({month.year for month in by_month}, reverse=True)
    shown = year or (years[0] if years else _now().astimezone(zone).year)
    of_year = {month: rows for month, rows in by_month.items() if month.year == shown}
    ids = [row.campaign_id for rows in of_year.values() for row in rows]
    numbers = all_campaigns().numbers(ids, offsets_of(zone, shown, _now().year))
    made = _months(shown, of_year, numbers, _responses(shown, zone, office_id))
    return Months(
        year=shown,
        years=years if shown in years else sorted({shown, *years}, reverse=True),
        months=list(reversed(made)),
        total=_total(shown, made),
        chart=month_chart([MonthNumbers(m.start, m.delivered, m.pending, m.failed) for m in made]),
        heat=heat_table(numbers.times),
    )


def month_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the first day of the month of a moment, in a zone."""
    return at.astimezone(zone).date().replace(day=1)


def parse_month(text: str) -> date:
    """Return the first day of a month such as 2026-11. Raises `NotFound`."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise NotFound(f"There is no month {text[:20]}; write it as 2026-11.") from None


def parse_year(text: str | None) -> int | None:
    """Return a year such as 2026; None for none. Raises `NotFound`."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1970 <= int(text[:5]) <= LAST_YEAR):
        raise NotFound(f"There is no year {text[:20]}; write it as 2026.")
    return int(text)


def _now() -> datetime:
    moment = past()
    return (moment and moment.at) or application().clock.now()


def _responses(year: int, zone: ZoneInfo, office_id: str | None) -> dict[date, Responses]:
    """Return month → what people sent in it, of the months with anything."""
    starts = [date(year, number, 1) for number in range(1, 13)]
    ends = (*starts, date(year + 1, 1, 1))
    bounds = [datetime(day.year, day.month, 1, tzinfo=zone) for day in ends]
    found = zip(starts, responses().between(bounds, office_id), strict=True)
    return {start: each for start, each in found if any(each)}


def _months(
    year: int,
    campaigns: Mapping[date, Sequence[CampaignRow]],
    numbers: AllNumbers,
    answers: Mapping[date, Responses],
) -> list[Month]:
    """Return the months of a year from the first to the last with anything in it."""
    used = sorted(campaigns.keys() | answers.keys())
    if not used:
        return []
    known = _Known(numbers, _accepted(), costs().of_campaigns())
    return [
        _month(
            date(year, number, 1),
            campaigns.get(date(year, number, 1), ()),
            answers.get(date(year, number, 1), Responses(0, 0)),
            known,
        )
        for number in range(used[0].month, used[-1].month + 1)
    ]


@dataclass(frozen=True)
class _Known:
    """What is known of each campaign beside its counts."""

    numbers: AllNumbers
    accepted: Mapping[str, int]
    costs: Mapping[str, Sequence[Cost]]


def _accepted() -> Mapping[str, int]:
    return application().silences.accepted() if past() is None else costs().accepted()


def _month(
    start: date,
    campaigns: Sequence[CampaignRow],
    answers: Responses,
    known: _Known,
) -> Month:
    ids = [row.campaign_id for row in campaigns]
    counts = [row.counts for row in campaigns]
    return Month(
        start=start,
        campaigns=len(ids),
        texts=sum(known.accepted.get(each, 0) for each in ids),
        delivered=sum(each.delivered for each in counts),
        pending=sum(each.pending for each in counts),
        failed=sum(each.failed for each in counts),
        unreachable=sum(known.numbers.unreachable[each] for each in ids),
        replies=answers.texts,
        opt_outs=answers.opt_outs,
        costs=_added(cost for each in ids for cost in known.costs.get(each, ())),
    )


_SUMS = (
    *("campaigns", "texts", "delivered", "pending", "failed"),
    *("unreachable", "replies", "opt_outs"),
)


def _total(year: int, months: Sequence[Month]) -> Month:
    sums = {name: sum(getattr(month, name) for month in months) for name in _SUMS}
    added = _added(cost for month in months for cost in month.costs)
    return Month(start=date(year, 1, 1), costs=added, **sums)


def _added(costs_of: Iterable[Cost]) -> list[Cost]:
    """Add costs up, each currency by itself."""
    by_currency: dict[str, Cost] = {}
    for cost in costs_of:
        old = by_currency.get(cost.currency, Cost(cost.currency, 0, 0, 0))
        by_currency[cost.currency] = Cost(
            cost.currency,
            old.texts + cost.texts,
            old.segments + cost.segments,
            old.cost_millionths + cost.cost_millionths,
        )
    return [cost for _currency, cost in sorted(by_currency.items())]


MONTH_FIELDS = (
    *("month", "campaigns", "contacts", "texts", "delivered", "pending", "failed"),
    *("unreachable", "replies", "opt_outs", "segments", "priced_texts"),
)


def month_document(month: Month) -> dict[str, Any]:
    """Return a month as the API has it; amounts are decimal texts."""
    return {
        "month": month.key,
        "campaigns": month.campaigns,
        "contacts": month.contacts,
        "texts": month.texts,
        "delivered": month.delivered,
        "pending": month.pending,
        "failed": month.failed,
        "unreachable": month.unreachable,
        "replies": month.replies,
        "opt_outs": month.opt_outs,
        "segments": sum(cost.segments for cost in month.costs),
        "priced_texts": month.priced,
        "amounts": [
            {"currency": cost.currency, "amount": decimal_text(cost.cost_millionths)}
            for cost in month.costs
        ],
    }
