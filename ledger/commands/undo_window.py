"""The two acts in the undo window of a launch: stop it, or let the texts go out at once."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from ledger.commands.repository import campaign_of
from ledger.commands.stated_reasons import checked_reason
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class StopLaunch(Command[None]):
    """Close a campaign before its first attempt, so that nobody is texted.

    Raises `NotFound`, and `Refused` where it has no undo window, or an attempt has started. Which
    came first, the stop or the attempt, is decided under the writer's lock and by no clock.
    `stated_reason` as in `CampaignCommand`.
    """

    campaign_id: str
    by: str
    stated_reason: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        campaign = campaign_of(work, self.campaign_id)
        has_attempts = work.has_attempts(self.campaign_id)
        stopped = campaign.stop_launch(self.by, has_attempts=has_attempts)
        work.append(replace(stopped, stated_reason=checked_reason(self.stated_reason)))


@dataclass(frozen=True)
class SendAtOnce(Command[None]):
    """End the undo window. Raises `NotFound`, and `Refused` where the campaign does not wait."""

    campaign_id: str
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        campaign = campaign_of(work, self.campaign_id)
        work.append(campaign.end_undo_window(self.by, work.now))
