"""Requests to resend: asked for, approved, refused, withdrawn, and finished.

An approval is one event; its contacts follow in parts, as those of every resend do. Until
`ResendFinished` the request is known as unfinished, so that a resend that was cut off is continued.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace

from ledger.commands.launch_rules import CountResend
from ledger.commands.repository import Source, campaign_of
from ledger.domain.events import ResendApprovalRequested, ResendSelection
from ledger.domain.launch_rules import STREAM
from ledger.domain.resend_request import ResendRequest
from ledger.errors import AlreadyRecorded, NotFound
from ledger.unit_of_work import Command, UnitOfWork


def resend_request_of(source: Source, resend_id: str) -> ResendRequest:
    """Return the request. Raises `NotFound`."""
    request = source.load(ResendRequest, resend_id)
    if not request.exists:
        raise NotFound(f"There is no request {resend_id}. Check the id.")
    return request


@dataclass(frozen=True, kw_only=True)
class AskForResend(Command[None]):
    """Let a resend wait for approval; once for each request."""

    resend_id: str
    campaign_id: str
    selection: ResendSelection
    contact_count: int
    deliveries_digest: str
    request: str
    by: str
    token_maker: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.resend_id, self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        request = work.load(ResendRequest, self.resend_id)
        if request.exists:
            return
        campaign = campaign_of(work, self.campaign_id)
        campaign.check_resend()
        asked = ResendApprovalRequested(
            **request.header(self.by),
            campaign_id=self.campaign_id,
            selection=self.selection,
            contact_count=self.contact_count,
            deliveries_digest=self.deliveries_digest,
            request=self.request,
            office_id=campaign.office_id,
            token_maker=self.token_maker,
        )
        work.append(asked)


@dataclass(frozen=True)
class _RequestCommand(Command[None]):
    resend_id: str
    by: str
    request: str | None = field(default=None, kw_only=True)
    """The request of a program: a refusal or a withdrawal is done once under it."""

    @property
    def streams(self) -> Collection[str]:
        return [self.resend_id]


@dataclass(frozen=True, kw_only=True)
class ApproveResend(_RequestCommand):
    """Approve a resend, and count it towards the spending limits, in one commit.

    Raises `NotFound`, and `Refused` for the person who asked, or made the API token of the program
    that asked; for a request that was decided, in a closed or archived campaign, and beyond a
    spending limit.
    """

    count: CountResend
    token_maker: str | None = None
    """Who made the API token with which the person approves; None without a token."""

    @property
    def streams(self) -> Collection[str]:
        return [self.resend_id, self.count.campaign_id, STREAM]

    @property
    def dedupes(self) -> Collection[str]:
        return self.count.dedupes

    def decide(self, work: UnitOfWork) -> None:
        request = resend_request_of(work, self.resend_id)
        approved = request.approve(self.by, token_maker=self.token_maker)
        campaign_of(work, approved.campaign_id).check_resend()
        with suppress(AlreadyRecorded):
            self.count.decide(work)
        work.append(approved)


@dataclass(frozen=True, kw_only=True)
class RefuseResend(_RequestCommand):
    """Refuse a resend; `explanation` may be blank.

    Raises `NotFound`, and `Refused` for a request that was decided.
    """

    explanation: str = ""

    def decide(self, work: UnitOfWork) -> None:
        asked = resend_request_of(work, self.resend_id)
        if self.request not in asked.requests:
            refused = asked.refuse(self.by, self.explanation.strip())
            work.append(replace(refused, request=self.request))


@dataclass(frozen=True)
class WithdrawResend(_RequestCommand):
    """Withdraw a request. Raises `NotFound`, and `Refused` for the request of somebody else."""

    def decide(self, work: UnitOfWork) -> None:
        asked = resend_request_of(work, self.resend_id)
        if self.request not in asked.requests:
            work.append(replace(asked.withdraw(self.by), request=self.request))


@dataclass(frozen=True, kw_only=True)
class FinishResend(_RequestCommand):
    """Record that every contact of an approved resend was resent to or left out; once."""

    resent: int
    left_out: int

    def decide(self, work: UnitOfWork) -> None:
        request = resend_request_of(work, self.resend_id)
        if not request.is_finished:
            work.append(request.finish(self.by, resent=self.resent, left_out=self.left_out))
