"""Requests to launch: approved, refused, withdrawn, or voided by a change of the draft.

A request has everything that a launch has, also its contacts, except `CampaignLaunched`. So an
approval launches in one commit: completely or not at all, and once.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from ledger.commands.launch_rules import approval_causes
from ledger.commands.repository import draft_of
from ledger.domain.campaign import Campaign
from ledger.domain.draft import Draft
from ledger.domain.events import CampaignCreated, CampaignText, LaunchRequested
from ledger.domain.launch_rules import STREAM, LaunchSize
from ledger.domain.vocabulary import VoidCause
from ledger.domain.waiting_launch import WaitingLaunch
from ledger.errors import NotFound, Refused
from ledger.unit_of_work import Command, UnitOfWork

_TOO_LATE = (
    "The time before which its texts must go out has passed, or passes within a minute. Refuse the "
    "request, and let it be asked for again with another time."
)
_NEEDS_ADMIN = (
    "Meanwhile other launches used up the spending limit, so an admin has to approve this one."
)


@dataclass(frozen=True)
class _RequestCommand(Command[None]):
    campaign_id: str
    by: str
    request: str | None = field(default=None, kw_only=True)
    """The request of a program: a refusal or a withdrawal is done once under it."""

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id, STREAM]

    def is_done(self, work: UnitOfWork) -> bool:
        """Whether the request was carried out before."""
        return self.request in work.load(Campaign, self.campaign_id).requests

    def waiting(self, work: UnitOfWork) -> WaitingLaunch:
        """The launch that waits. Raises `NotFound`, and `Refused` for a request that is over."""
        campaign = work.load(Campaign, self.campaign_id)
        if not campaign.exists:
            raise NotFound(f"There is no request {self.campaign_id}. Check the id.")
        return campaign.waiting_launch()


@dataclass(frozen=True, kw_only=True)
class ApproveLaunch(_RequestCommand):
    """Approve and launch, in one commit.

    Raises `NotFound`, and `Refused` for the person who asked, or made the API token of the program
    that asked; for a request that is over, for one that an admin must approve, and where it has
    become too late to send.
    """

    token_maker: str | None = None
    """Who made the API token with which the person approves; None without a token."""
    may_exceed_spending: bool = False
    """Whether the person may approve what goes beyond the spending limit."""
    undo_seconds: int = 0
    zones: Collection[str] = field(default_factory=tuple)
    """The time zones of its contacts, for the undo window."""

    def decide(self, work: UnitOfWork) -> None:
        waiting = self.waiting(work)
        request = waiting.request
        approved = waiting.approve(
            self.by, may_exceed_spending=self.may_exceed_spending, token_maker=self.token_maker
        )
        self._check_again(work, request)
        work.append(approved)
        schedule = request.timing.applied(is_urgent=request.is_urgent)
        launched = work.load(Campaign, self.campaign_id).launch(
            self.by,
            request.contact_count,
            policy=request.policy,
            timing=request.timing,
            text=_text_of(work, self.campaign_id),
            is_urgent=request.is_urgent,
            segments=request.segments,
            held_until=None
            if request.is_urgent
            else schedule.undo_window_end(work.now, self.undo_seconds, self.zones),
        )
        work.append(launched)
        if request.draft_id:
            work.append(draft_of(work, request.draft_id).close(self.by, self.campaign_id))

    def _check_again(self, work: UnitOfWork, request: LaunchRequested) -> None:
        """Raise `Refused` for what changed since the request was made."""
        if not request.timing.leaves_time_before_deadline(work.now):
            raise Refused(_TOO_LATE)
        size = LaunchSize(request.contact_count, request.segments, request.office_id)
        causes = approval_causes(work, size)
        if any(cause.is_spending for cause in causes) and not self.may_exceed_spending:
            raise Refused(_NEEDS_ADMIN)


@dataclass(frozen=True, kw_only=True)
class RefuseLaunch(_RequestCommand):
    """Refuse a launch; `explanation` may be blank.

    Raises `NotFound`, and `Refused` for a request that is over.
    """

    explanation: str = ""

    def decide(self, work: UnitOfWork) -> None:
        if not self.is_done(work):
            refused = self.waiting(work).refuse(self.by, self.explanation.strip())
            work.append(replace(refused, request=self.request))


@dataclass(frozen=True)
class WithdrawLaunch(_RequestCommand):
    """Withdraw a request. Raises `NotFound`, and `Refused` for the request of somebody else."""

    def decide(self, work: UnitOfWork) -> None:
        if not self.is_done(work):
            withdrawn = self.waiting(work).withdraw(self.by)
            work.append(replace(withdrawn, request=self.request))


def void_request_of(work: UnitOfWork, draft: Draft, by: str, cause: VoidCause) -> None:
    """Void the request to launch a draft that changes, where one waits."""
    if draft.requested_as is None:
        return
    campaign = work.load(Campaign, draft.requested_as)
    if campaign.launch_request:
        work.append(campaign.waiting_launch().void(by, cause))


def _text_of(work: UnitOfWork, campaign_id: str) -> CampaignText:
    """Return the text of the request; the aggregates of a unit of work have none."""
    first = work.first_event(campaign_id)
    if isinstance(first, CampaignCreated) and first.private:
        return first.private
    raise Refused("The text of this launch cannot be read. Refuse the request and ask again.")
