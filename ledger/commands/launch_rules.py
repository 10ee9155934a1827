"""The rules of admins about launches, and what was spent of their limits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.domain.events import CampaignClosed, CampaignLaunched, Event, ResendCounted
from ledger.domain.launch_rules import STREAM, LaunchRules, LaunchSize, SpendingLimits, Spent
from ledger.domain.offices import STREAM as OFFICES
from ledger.domain.offices import Offices
from ledger.domain.vocabulary import ApprovalCause, Reason
from ledger.reader import LedgerReader
from ledger.store.search import Search
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class SetApprovalLimit(Command[None]):
    """Let launches to more contacts than this wait for approval; None: none does.

    With a `request` it is done once. Raises `BadInput`.
    """

    by: str
    contacts: int | None
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        rules = work.load(LaunchRules, STREAM)
        if self.request not in rules.requests:
            changed = rules.set_approval_limit(self.by, self.contacts)
            work.append(replace(changed, request=self.request))


@dataclass(frozen=True)
class SetSpendingLimits(Command[None]):
    """Let launches beyond these limits wait for an admin. Raises `BadInput` and `NotFound`.

    With a `request` it is done once.
    """

    by: str
    limits: SpendingLimits
    office_id: str | None = None
    """The office whose launches are limited; None: those of all together."""
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [STREAM, OFFICES]

    def decide(self, work: UnitOfWork) -> None:
        if self.office_id is not None:
            work.load(Offices, OFFICES).office(self.office_id)
        rules = work.load(LaunchRules, STREAM)
        if self.request not in rules.requests:
            changed = rules.set_spending_limits(self.by, self.limits, self.office_id)
            work.append(replace(changed, request=self.request))


@dataclass(frozen=True, kw_only=True)
class CountResend(Command[None]):
    """Count a resend towards the spending limits, if there are any; once for each request.

    Raises `Refused` where it goes beyond them, and `AlreadyRecorded` for a repeat.
    """

    campaign_id: str
    size: LaunchSize
    dedupe: str
    by: str
    may_exceed_spending: bool

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    @property
    def dedupes(self) -> Collection[str]:
        return [self.dedupe]

    def decide(self, work: UnitOfWork) -> None:
        rules = work.load(LaunchRules, STREAM)
        if rules.has_spending_limit and not self._is_counted(work, rules):
            counted = rules.count_resend(
                self.by,
                self.campaign_id,
                size=self.size,
                spent=_spent_in(work, rules, self.size.office_id),
                may_exceed_spending=self.may_exceed_spending,
                dedupe=self.dedupe,
            )
            work.append(counted)

    def _is_counted(self, work: UnitOfWork, rules: LaunchRules) -> bool:
        since = min(limits.month_start(work.now) for limits in _limits_of(rules, self.size))
        counted = work.recorded_since(since, ResendCounted)
        return any(event.dedupe == self.dedupe for _, event in counted)


def approval_causes(work: UnitOfWork, size: LaunchSize) -> tuple[ApprovalCause, ...]:
    """Return why a launch of this size needs approval, as the ledger is under the lock."""
    rules = work.load(LaunchRules, STREAM)
    return rules.causes(size, _spent_in(work, rules, size.office_id))


def spent_of(
    reader: LedgerReader, limits: SpendingLimits, now: datetime, office_id: str | None = None
) -> Spent:
    """Return what the texts of the school's day and month cost, in segments; of an office, or all.

    The limits say where day and month begin.
    """
    after = reader.seq_before(limits.month_start(now))
    topics = tuple(kind.topic for kind in _COUNTED)
    recorded = reader.search(Search(topics=topics, after=after))
    events = [(each.recorded_at, each.event) for each in recorded if not each.is_altered]
    return _spent(events, limits, now, office_id)


_COUNTED: tuple[type[Event], ...] = (CampaignLaunched, CampaignClosed, ResendCounted)


def _limits_of(rules: LaunchRules, size: LaunchSize) -> list[SpendingLimits]:
    return [rules.limits_of(office_id) for office_id in {None, size.office_id}]


def _spent_in(
    work: UnitOfWork, rules: LaunchRules, office_id: str | None
) -> Mapping[str | None, Spent]:
    """Return what all spent together, under None, and what the office spent."""
    return {
        each: _spent_under_lock(work, rules.limits_of(each), each) for each in {None, office_id}
    }


def _spent_under_lock(work: UnitOfWork, limits: SpendingLimits, office_id: str | None) -> Spent:
    if not limits.is_set:
        return Spent()
    since = limits.month_start(work.now)
    events = [each for kind in _COUNTED for each in work.recorded_since(since, kind)]
    return _spent(events, limits, work.now, office_id)


def _spent(
    events: Sequence[tuple[datetime, Event]],
    limits: SpendingLimits,
    now: datetime,
    office_id: str | None,
) -> Spent:
    """Count launches and resends, without launches that were stopped before their first text."""
    stopped = {
        event.campaign_id
        for _, event in events
        if isinstance(event, CampaignClosed) and event.reason is Reason.LAUNCH_STOPPED
    }
    counted = [
        (at, event.segments or 0)
        for at, event in events
        if isinstance(event, CampaignLaunched | ResendCounted)
        and office_id in {None, event.office_id}
        and (isinstance(event, ResendCounted) or event.campaign_id not in stopped)
    ]
    return Spent.of(counted, limits, now)
