"""Automatic acts on campaigns: close when it is too late, pause after many failures, archive.

Each is decided on the campaign's own stream, so it is recorded once, even with several processes.
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
from ledger.domain.error_codes import CodeTable
from ledger.domain.vocabulary import Reason
from ledger.errors import Refused
from ledger.ledger import Ledger
from ledger.sending.fault_isolation import isolated
from ledger.sending.limits import Limits
from ledger.sending.worklist import Worklist


@dataclass(frozen=True, kw_only=True)
class AutomaticActs:
    """Performs the automatic acts on all campaigns."""

    ledger: Ledger
    codes: CodeTable
    worklist: Worklist
    limits: Limits

    def perform_due(self) -> None:
        """Perform every act that is due."""
        for command in self._due():
            with isolated("An automatic act", command.campaign_id), suppress(Refused):
                self.ledger.execute(command).result()  # refused: another process was first

    def _due(self) -> Iterator[CampaignCommand]:
        now, limits = self.ledger.clock.now(), self.limits
        for campaign_id in self.worklist.overdue(now):
            yield CloseCampaign(campaign_id, SENDER, Reason.TOO_LATE)
        if limits.failure_share is not None:
            caps = [code.code for code in self.codes if not code.is_counted]
            for failing in self.worklist.failing(limits.of_last, limits.failure_share, caps):
                yield PauseFailingCampaign(
                    failing.campaign_id, SENDER, act_seq=failing.act_seq, failures=failing.failures
                )
        if limits.archive_after is not None:
            for campaign_id in self.worklist.begun_before(now - limits.archive_after):
                yield ArchiveCampaign(campaign_id, SENDER)
