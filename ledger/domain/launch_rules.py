"""The rules of a ledger about launches: which ones need approval. Standard library only.

Both rules are off until an admin sets them. They are counted from events alone, by the price and
the time zone that `SpendingLimitSet` has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import ApprovalLimitSet, Event, ResendCounted, SpendingLimitSet
from ledger.domain.time_zones import zone_info
from ledger.domain.vocabulary import ApprovalCause
from ledger.errors import BadInput, Refused

STREAM = "launch-rules"


@dataclass(frozen=True, kw_only=True)
class SpendingLimits:
    """What may be spent in a day and in a month of the school; None is no limit."""

    day: Decimal | None = None
    month: Decimal | None = None
    price: Decimal = Decimal(0)
    """Of one segment."""
    currency: str = ""
    zone: str = "UTC"

    @property
    def is_set(self) -> bool:
        """Whether there is any limit."""
        return self.day is not None or self.month is not None

    def day_start(self, now: datetime) -> datetime:
        """Return when the school's day began."""
        local = now.astimezone(zone_info(self.zone))
        return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)

    def month_start(self, now: datetime) -> datetime:
        """Return when the school's month began."""
        return self.day_start(now).replace(day=1)

    def check(self) -> None:
        """Raise `BadInput` for limits that cannot be meant."""
        for limit in (self.day, self.month):
            if limit is not None and not (limit.is_finite() and limit >= 0):
                raise BadInput("Write a limit as an amount of 0 or more, such as 50, or none.")
        if self.is_set and not self.price:
            raise BadInput(
                "A spending limit needs the price of a segment. Set LEDGER_PRICE_PER_SEGMENT, "
                "start the program again, then set the limit."
            )


@dataclass(frozen=True)
class LaunchSize:
    """What the rules ask of a launch, or of a resend."""

    contacts: int
    segments: int
    office_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Spent:
    """The segments of the launches of the school's day and month: of an office, or of all."""

    day: int = 0
    month: int = 0

    @classmethod
    def of(
        cls, launches: Iterable[tuple[datetime, int]], limits: SpendingLimits, now: datetime
    ) -> "Spent":
        """Count launches of the month, each with its time and its segments."""
        day_start, month_start = limits.day_start(now), limits.month_start(now)
        in_month = [(at, segments) for at, segments in launches if at >= month_start]
        return cls(
            day=sum(segments for at, segments in in_month if at >= day_start),
            month=sum(segments for _, segments in in_month),
        )


@dataclass(frozen=True, kw_only=True)
class LaunchRules(Aggregate):
    """The rules at one version of their stream."""

    approval_limit: int | None = None
    """A launch to more contacts needs approval; None: none does."""
    spending: SpendingLimits = SpendingLimits()
    """What may be spent by all offices together."""
    of_offices: Mapping[str, SpendingLimits] = field(default_factory=dict)
    """Office → what it may spend."""
    requests: frozenset[str] = frozenset()
    """The requests that set a rule."""

    @property
    def has_spending_limit(self) -> bool:
        """Whether there is any limit, of the whole or of an office."""
        return any(limits.is_set for limits in (self.spending, *self.of_offices.values()))

    def limits_of(self, office_id: str | None) -> SpendingLimits:
        """Return the limits of an office; None: those of all together."""
        if office_id is None:
            return self.spending
        return self.of_offices.get(office_id, SpendingLimits())

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case ApprovalLimitSet():
                requests = with_request(self.requests, event.request)
                return {"approval_limit": event.contacts, "requests": requests}
            case SpendingLimitSet():
                return self._changes_of_spending(event)
            case ResendCounted():
                return {}
            case _:
                raise self.not_found("the rules of launches")

    def _changes_of_spending(self, event: SpendingLimitSet) -> Mapping[str, Any]:
        requests = with_request(self.requests, event.request)
        if event.office_id is None:
            return {"spending": _limits(event), "requests": requests}
        of_offices = {**self.of_offices, event.office_id: _limits(event)}
        return {"of_offices": of_offices, "requests": requests}

    def set_approval_limit(self, actor: str, contacts: int | None) -> ApprovalLimitSet:
        """Change from how many contacts on a launch needs approval. Raises `BadInput`."""
        if contacts is not None and contacts < 0:
            raise BadInput("Write a number of contacts of 0 or more, or none.")
        return ApprovalLimitSet(**self.header(actor), contacts=contacts)

    def set_spending_limits(
        self, actor: str, limits: SpendingLimits, office_id: str | None = None
    ) -> SpendingLimitSet:
        """Change what may be spent without an admin's approval. Raises `BadInput`."""
        limits.check()
        return SpendingLimitSet(
            **self.header(actor),
            day=limits.day,
            month=limits.month,
            price=limits.price,
            currency=limits.currency,
            zone=limits.zone,
            office_id=office_id,
        )

    def needs_approval(self, contacts: int) -> bool:
        """Whether a launch or a resend to as many contacts needs somebody else's approval."""
        return self.approval_limit is not None and contacts > self.approval_limit

    def count_resend(
        self,
        actor: str,
        campaign_id: str,
        *,
        size: LaunchSize,
        spent: Mapping[str | None, Spent],
        may_exceed_spending: bool,
        dedupe: str,
    ) -> ResendCounted:
        """Count a resend. Raises `Refused` where it goes beyond a limit, unless by an admin."""
        is_beyond = any(cause.is_spending for cause in self.causes(size, spent))
        if is_beyond and not may_exceed_spending:
            raise Refused(
                "This resend goes beyond the spending limit. Ask an admin to do it, or select "
                "fewer contacts, such as those that failed for one reason."
            )
        return ResendCounted(
            **self.header(actor),
            campaign_id=campaign_id,
            segments=size.segments,
            dedupe=dedupe,
            office_id=size.office_id,
        )

    def causes(
        self, size: LaunchSize, spent: Mapping[str | None, Spent]
    ) -> tuple[ApprovalCause, ...]:
        """Return why a launch of this size needs approval; empty where it needs none.

        `spent` is what was spent by each office, and under None by all together.
        """
        causes = _spending_causes(self.spending, size.segments, spent.get(None), _OF_ALL)
        if size.office_id is not None:
            limits = self.limits_of(size.office_id)
            office_spent = spent.get(size.office_id)
            causes += _spending_causes(limits, size.segments, office_spent, _OF_OFFICE)
        is_large = self.needs_approval(size.contacts)
        return ((ApprovalCause.MANY_CONTACTS,) if is_large else ()) + causes


_OF_ALL = (ApprovalCause.DAY_LIMIT, ApprovalCause.MONTH_LIMIT)
_OF_OFFICE = (ApprovalCause.OFFICE_DAY_LIMIT, ApprovalCause.OFFICE_MONTH_LIMIT)


def _spending_causes(
    limits: SpendingLimits,
    segments: int,
    spent: Spent | None,
    causes: tuple[ApprovalCause, ApprovalCause],
) -> tuple[ApprovalCause, ...]:
    """Return which limits these segments go beyond."""
    before = spent or Spent()
    checks = zip(causes, (before.day, before.month), (limits.day, limits.month), strict=True)
    return tuple(
        cause
        for cause, count, limit in checks
        if limit is not None and (count + segments) * limits.price > limit
    )


def _limits(event: SpendingLimitSet) -> SpendingLimits:
    return SpendingLimits(
        day=event.day,
        month=event.month,
        price=event.price,
        currency=event.currency,
        zone=event.zone,
    )
