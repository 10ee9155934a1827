"""Commands on a whole campaign: pause, resume, close, archive (R12–R15)."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from ledger.commands.repository import campaign_of
from ledger.commands.stated_reasons import checked_reason
from ledger.domain.campaign import Campaign
from ledger.domain.events import CampaignAct, Failures
from ledger.domain.vocabulary import Reason
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class CampaignCommand(Command[None]):
    """An act on one campaign. Refused with `NotFound`, or `Refused` where its state forbids it.

    With a `request` it is done once: what this request did before, a repeat leaves as it is.
    `stated_reason` is why staff do it, in their own words, without anything about a person; raises
    `BadInput` where it is too long.
    """

    campaign_id: str
    by: str
    request: str | None = field(default=None, kw_only=True)
    stated_reason: str | None = field(default=None, kw_only=True)

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        campaign = campaign_of(work, self.campaign_id)
        if self.request not in campaign.requests:
            reason = checked_reason(self.stated_reason)
            work.append(replace(self.event(campaign), stated_reason=reason))

    def event(self, campaign: Campaign) -> CampaignAct:
        """The event that the act records."""
        raise NotImplementedError


class PauseCampaign(CampaignCommand):
    """Start no attempts until it is resumed."""

    def event(self, campaign: Campaign) -> CampaignAct:
        return campaign.pause(self.by, request=self.request)


class ResumeCampaign(CampaignCommand):
    """Let attempts start again."""

    def event(self, campaign: Campaign) -> CampaignAct:
        return campaign.resume(self.by, request=self.request)


@dataclass(frozen=True)
class CloseCampaign(CampaignCommand):
    """Make no further attempts; what is pending stays pending.

    `reason` is None where staff closed it.
    """

    reason: Reason | None = None

    def event(self, campaign: Campaign) -> CampaignAct:
        return campaign.close(self.by, reason=self.reason, request=self.request)


class ArchiveCampaign(CampaignCommand):
    """Freeze every status, in one event."""

    def event(self, campaign: Campaign) -> CampaignAct:
        return campaign.archive(self.by, request=self.request)


@dataclass(frozen=True, kw_only=True)
class PauseFailingCampaign(CampaignCommand):
    """Pause a campaign for its failures, unless another act on it came after `act_seq`."""

    act_seq: int
    failures: Failures

    def decide(self, work: UnitOfWork) -> None:
        if work.last_seq(self.campaign_id) == self.act_seq:
            super().decide(work)

    def event(self, campaign: Campaign) -> CampaignAct:
        return campaign.pause(self.by, reason=Reason.TOO_MANY_FAILURES, failures=self.failures)
