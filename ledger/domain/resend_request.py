"""A resend that waits for approval: who may approve, refuse or withdraw it, and when it is done.

Each act returns the next event of the stream or raises `Refused`. Standard library only.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import (
    Event,
    RefusalWords,
    ResendApprovalRequested,
    ResendApproved,
    ResendFinished,
    ResendRefused,
)
from ledger.errors import Refused

_OWN_REQUEST = "You asked for this resend; somebody else has to approve it."
_SAME_PERSON = (
    "The same person made the API token with which this resend was asked for, or is approved. "
    "Somebody else has to approve it."
)
_NOT_YOURS = "Somebody else asked for this resend, so you cannot withdraw it."
_NOT_WAITING = (
    "This resend does not wait for approval: somebody approved, refused or withdrew it. The "
    "campaign's history says which."
)
_OTHER_CONTACTS = (
    "The contacts of this resend cannot be listed as they were when it was asked for, so nobody is "
    "texted. Refuse the request, and let it be asked for again."
)


@dataclass(frozen=True, kw_only=True)
class ResendRequest(Aggregate):
    """One request to resend at one version of its stream."""

    asked: ResendApprovalRequested | None = None
    approved_by: str | None = None
    is_refused: bool = False
    is_finished: bool = False
    requests: frozenset[str] = frozenset()
    """The requests by which it was refused or withdrawn."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case ResendApprovalRequested():
                return {"asked": event}
            case ResendApproved():
                return {"approved_by": event.actor}
            case ResendRefused(request=request):
                return {"is_refused": True, "requests": with_request(self.requests, request)}
            case ResendFinished():
                return {"is_finished": True}
            case _:
                raise self.not_found("a request to resend")

    def is_asker(self, actor: str | None) -> bool:
        """Whether somebody asked for the resend, themselves or by a program with their token."""
        asked = self.asked
        return asked is not None and actor is not None and actor in {asked.actor, asked.token_maker}

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has decided yet."""
        return self.asked is not None and not self.is_refused and self.approved_by is None

    def waiting(self) -> ResendApprovalRequested:
        """Return what was asked for. Raises `Refused` for a request that was decided."""
        if self.asked is None or not self.is_waiting:
            raise Refused(_NOT_WAITING)
        return self.asked

    def approve(self, actor: str, *, token_maker: str | None = None) -> ResendApproved:
        """Approve the resend. Raises `Refused` for who asked.

        `token_maker` made the API token with which the person approves, if there is one.
        """
        asked = self.waiting()
        if self.is_asker(actor) or self.is_asker(token_maker):
            raise Refused(_OWN_REQUEST if actor == asked.actor else _SAME_PERSON)
        return ResendApproved(**self.header(actor), campaign_id=asked.campaign_id)

    def refuse(self, actor: str, explanation: str = "") -> ResendRefused:
        """Refuse the resend; who asked withdraws it so."""
        return ResendRefused(
            **self.header(actor),
            campaign_id=self.waiting().campaign_id,
            private=RefusalWords(explanation=explanation) if explanation else None,
            is_withdrawn=self.is_asker(actor),
        )

    def withdraw(self, actor: str) -> ResendRefused:
        """Withdraw a request of one's own. Raises `Refused` for the request of somebody else."""
        self.waiting()
        if not self.is_asker(actor):
            raise Refused(_NOT_YOURS)
        return self.refuse(actor)

    def finish(self, actor: str, *, resent: int, left_out: int) -> ResendFinished:
        """Record that every contact was resent to or left out."""
        asked = self.approved()
        return ResendFinished(
            **self.header(actor), campaign_id=asked.campaign_id, resent=resent, left_out=left_out
        )

    def approved(self) -> ResendApprovalRequested:
        """Return what was approved. Raises `Refused` for a request that was not."""
        if self.asked is None or self.approved_by is None:
            raise Refused("This resend was not approved; nobody is texted.")
        return self.asked

    def check_deliveries(self, delivery_ids: Iterable[str]) -> None:
        """Raise `Refused` unless these are the deliveries that the request names."""
        if self.asked is None or deliveries_digest(delivery_ids) != self.asked.deliveries_digest:
            raise Refused(_OTHER_CONTACTS)


def deliveries_digest(delivery_ids: Iterable[str]) -> str:
    """Return what names these deliveries, in any order, in a few characters."""
    return hashlib.sha256("\n".join(sorted(delivery_ids)).encode()).hexdigest()
