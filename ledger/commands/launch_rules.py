"""The rules of admins about launches, and what was spent of their limits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events import CampaignClosed, CampaignLaunched, Event, ResendCounted
from ledger.domain.launch_rules import STREAM, LaunchRules, SpendingLimits, Spent
from ledger.domain.vocabulary import ApprovalCause, Reason
from ledger.reader import LedgerReader
from ledger.store.search import Search
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class SetApprovalLimit(Command[None]):
    """Let launches to more contacts than this wait for approval; None: none does."""

    by: str
    contacts: int | None

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        work.append(work.load(LaunchRules, STREAM).set_approval_limit(self.by, self.contacts))


@dataclass(frozen=True)
class SetSpendingLimits(Command[None]):
    """Let launches beyond these limits wait for an admin. Raises `BadInput`."""

    by: str
    limits: SpendingLimits

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        work.append(work.load(LaunchRules, STREAM).set_spending_limits(self.by, self.limits))


@dataclass(frozen=True, kw_only=True)
class CountResend(Command[None]):
    """Count a resend towards the spending limits, if there are any; once for each request.

    Raises `Refused` where it goes beyond them, and `AlreadyRecorded` for a repeat.
    """

    campaign_id: str
    segments: int
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
        if rules.spending.is_set and not self._is_counted(work, rules):
            counted = rules.count_resend(
                self.by,
                self.campaign_id,
                segments=self.segments,
                spent=_spent_in(work, rules),
                may_exceed_spending=self.may_exceed_spending,
                dedupe=self.dedupe,
            )
            work.append(counted)

    def _is_counted(self, work: UnitOfWork, rules: LaunchRules) -> bool:
        since = rules.spending.month_start(work.now)
        counted = work.recorded_since(since, ResendCounted)
        return any(event.dedupe == self.dedupe for _, event in counted)


def approval_causes(work: UnitOfWork, contacts: int, segments: int) -> tuple[ApprovalCause, ...]:
    """Return why a launch of this size needs approval, as the ledger is under the lock."""
    rules = work.load(LaunchRules, STREAM)
    spent = _spent_in(work, rules) if rules.spending.is_set else Spent()
    return rules.causes(contacts, segments, spent)


def spent_of(reader: LedgerReader, limits: SpendingLimits, now: datetime) -> Spent:
    """Return what the texts of the school's day and month cost, in segments."""
    after = reader.seq_before(limits.month_start(now))
    topics = tuple(kind.topic for kind in _COUNTED)
    recorded = reader.search(Search(topics=topics, after=after))
    return _spent(
        [(each.recorded_at, each.event) for each in recorded if not each.is_altered], limits, now
    )


_COUNTED: tuple[type[Event], ...] = (CampaignLaunched, CampaignClosed, ResendCounted)


def _spent_in(work: UnitOfWork, rules: LaunchRules) -> Spent:
    since = rules.spending.month_start(work.now)
    events = [each for kind in _COUNTED for each in work.recorded_since(since, kind)]
    return _spent(events, rules.spending, work.now)


def _spent(
    events: Sequence[tuple[datetime, Event]], limits: SpendingLimits, now: datetime
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
        if isinstance(event, ResendCounted)
        or (isinstance(event, CampaignLaunched) and event.campaign_id not in stopped)
    ]
    return Spent.of(counted, limits, now)
