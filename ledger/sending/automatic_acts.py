"""What campaigns do by themselves: close when it is too late, pause while texts fail, archive.

Each is decided on the campaign's own stream and recorded once, whichever process sees it first.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from ledger.commands import campaigns
from ledger.commands.attempts import SENDER
from ledger.errors import Refused
from ledger.ledger import Ledger
from ledger.sending.worklist import Worklist


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When campaigns act by themselves."""

    of_last: int
    """So many of the last outcomes are looked at, once there are as many since the last act."""
    failure_share: float | None
    """From this share of them on, 0 to 1, a campaign pauses; None: never."""
    archive_after: timedelta | None
    """So long after its launch, or a start that was set later; None: never."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Looks at every campaign that is going on."""

    ledger: Ledger
    worklist: Worklist
    limits: Limits

    def look(self) -> None:
        """Do what the time has come for."""
        for act in self._wanted():
            with suppress(Refused):  # somebody was first
                act()

    def _wanted(self) -> Iterator[Callable[[], None]]:
        now, limits = self.ledger.clock.now(), self.limits
        for campaign_id in self.worklist.overdue(now):
            yield partial(campaigns.close_late, self.ledger, campaign_id, SENDER)
        if limits.failure_share is not None:
            for found in self.worklist.failing(limits.of_last, limits.failure_share):
                yield partial(
                    campaigns.pause_failing,
                    self.ledger,
                    found.campaign_id,
                    SENDER,
                    act_seq=found.act_seq,
                    failures=found.failures,
                )
        if limits.archive_after is not None:
            for campaign_id in self.worklist.begun_before(now - limits.archive_after):
                yield partial(campaigns.archive, self.ledger, campaign_id, SENDER)
