"""The rules of admins about launches, and what was spent of their limits."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events import CampaignClosed, CampaignLaunched
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


def approval_causes(work: UnitOfWork, contacts: int, segments: int) -> tuple[ApprovalCause, ...]:
    """Return why a launch of this size needs approval, as the ledger is under the lock."""
    rules = work.load(LaunchRules, STREAM)
    spent = Spent()
    if rules.spending.is_set:
        since = rules.spending.month_start(work.now)
        spent = _spent(
            work.recorded_since(since, CampaignLaunched),
            (event for _, event in work.recorded_since(since, CampaignClosed)),
            rules.spending,
            work.now,
        )
    return rules.causes(contacts, segments, spent)


def spent_of(reader: LedgerReader, limits: SpendingLimits, now: datetime) -> Spent:
    """Return what the launches of the school's day and month cost, in segments."""
    after = reader.seq_before(limits.month_start(now))
    topics = (CampaignLaunched.topic, CampaignClosed.topic)
    recorded = reader.search(Search(topics=topics, after=after))
    events = [(each.recorded_at, each.event) for each in recorded if not each.is_altered]
    return _spent(
        [(at, event) for at, event in events if isinstance(event, CampaignLaunched)],
        [event for _, event in events if isinstance(event, CampaignClosed)],
        limits,
        now,
    )


def _spent(
    launches: Iterable[tuple[datetime, CampaignLaunched]],
    closings: Iterable[CampaignClosed],
    limits: SpendingLimits,
    now: datetime,
) -> Spent:
    """Count launches, without those that were stopped before their first text."""
    stopped = {each.campaign_id for each in closings if each.reason is Reason.LAUNCH_STOPPED}
    counted = [
        (at, launch.segments or 0) for at, launch in launches if launch.campaign_id not in stopped
    ]
    return Spent.of(counted, limits, now)
