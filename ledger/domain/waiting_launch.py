"""A launch that waits for approval: who may approve, refuse or withdraw it, and what voids it.

Each act returns the next event of the campaign's stream or raises `Refused`. Standard library only.
"""

from dataclasses import dataclass

from ledger.domain.events import (
    Header,
    LaunchApproved,
    LaunchRefused,
    LaunchRequested,
    LaunchVoided,
    RefusalWords,
)
from ledger.domain.vocabulary import VoidCause
from ledger.errors import Refused

_OWN_REQUEST = "You asked for this launch; somebody else has to approve it."
_SAME_PERSON = (
    "The same person made the API token with which this launch was asked for, or is approved. "
    "Somebody else has to approve it."
)
_NEEDS_ADMIN = "This launch goes beyond the spending limit; an admin has to approve it."
_NOT_YOURS = "Somebody else asked for this launch, so you cannot withdraw it."


@dataclass(frozen=True)
class WaitingLaunch:
    """A launch that somebody asked for, and about which nobody has decided."""

    request: LaunchRequested
    version: int
    """That of the campaign's stream."""
    token_maker: str | None = None
    """Who made the API token with which a program asked; None where nobody else did."""

    def is_asker(self, actor: str | None) -> bool:
        """Whether somebody asked for the launch, themselves or by a program with their token."""
        return actor is not None and actor in {self.request.actor, self.token_maker}

    def approve(
        self, actor: str, *, may_exceed_spending: bool, token_maker: str | None = None
    ) -> LaunchApproved:
        """Approve the launch. Raises `Refused` for who asked, and where an admin must approve.

        `token_maker` made the API token with which the person approves, if there is one. Who made a
        token can use it, so that the maker counts as asking and as approving.
        """
        if self.is_asker(actor) or self.is_asker(token_maker):
            raise Refused(_OWN_REQUEST if actor == self.request.actor else _SAME_PERSON)
        if any(cause.is_spending for cause in self.request.causes) and not may_exceed_spending:
            raise Refused(_NEEDS_ADMIN)
        return LaunchApproved(**self._header(actor))

    def refuse(self, actor: str, explanation: str = "") -> LaunchRefused:
        """Refuse the launch; who asked withdraws it so."""
        words = RefusalWords(explanation=explanation) if explanation else None
        is_withdrawn = self.is_asker(actor)
        return LaunchRefused(**self._header(actor), private=words, is_withdrawn=is_withdrawn)

    def withdraw(self, actor: str) -> LaunchRefused:
        """Withdraw a request of one's own. Raises `Refused` for the request of somebody else."""
        if not self.is_asker(actor):
            raise Refused(_NOT_YOURS)
        return self.refuse(actor)

    def void(self, actor: str, cause: VoidCause) -> LaunchVoided:
        """End the request, because its draft was changed."""
        return LaunchVoided(**self._header(actor), cause=cause)

    def _header(self, actor: str) -> Header:
        return {
            "originator_id": self.request.campaign_id,
            "originator_version": self.version + 1,
            "actor": actor,
        }
