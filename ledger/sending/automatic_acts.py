"""What campaigns do by themselves: close when it is too late, pause while texts fail, archive.

Each is decided on the campaign's own stream and recorded once, whichever process sees it first.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from ledger.commands.campaigns import (
    ArchiveCampaign,
    CampaignCommand,
    CloseCampaign,
    PauseFailingCampaign,
)
from ledger.domain.actors import SENDER
from ledger.domain.vocabulary import Reason
from ledger.errors import Refused
from ledger.ledger import Ledger
from ledger.sending.limits import Limits
from ledger.sending.worklist import Worklist


@dataclass(frozen=True, kw_only=True)
class AutomaticActs:
    """Looks at every campaign that is going on."""

    ledger: Ledger
    worklist: Worklist
    limits: Limits

    def perform_due(self) -> None:
        """Do what the time has come for."""
        for command in self._wanted():
            with suppress(Refused):  # somebody was first
                self.ledger.execute(command).result()

    def _wanted(self) -> Iterator[CampaignCommand]:
        now, limits = self.ledger.clock.now(), self.limits
        for campaign_id in self.worklist.overdue(now):
            yield CloseCampaign(campaign_id, SENDER, Reason.TOO_LATE)
        if limits.failure_share is not None:
            for failing in self.worklist.failing(limits.of_last, limits.failure_share):
                yield PauseFailingCampaign(
                    failing.campaign_id, SENDER, act_seq=failing.act_seq, failures=failing.failures
                )
        if limits.archive_after is not None:
            for campaign_id in self.worklist.begun_before(now - limits.archive_after):
                yield ArchiveCampaign(campaign_id, SENDER)
