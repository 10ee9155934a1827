"""A campaign that is being written: saved any number of times, then launched or discarded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import (
    CampaignDrafted,
    CampaignText,
    DraftClosed,
    DraftSubmitted,
    Event,
    FollowUp,
)
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Draft(Aggregate):
    """One draft at one version of its stream."""

    text: CampaignText | None = None
    policy: ResendPolicy = field(default_factory=ResendPolicy)
    timing: Schedule = field(default_factory=Schedule)
    is_urgent: bool = False
    office_id: str | None = None
    follow_up: FollowUp | None = None
    """Whose contacts it goes to; None: they come with the launch."""
    list_id: str | None = None
    """The contact list that it goes to; None: the contacts come otherwise."""
    is_closed: bool = False
    requested_as: str | None = None
    """The campaign as which its launch was last requested; the request may be over."""
    launched_as: str | None = None
    """The campaign as which it was launched, if it was."""
    requests: frozenset[str] = frozenset()
    """The requests that saved it."""

    @property
    def draft_id(self) -> str:
        """The draft whose stream this is."""
        return self.stream_id

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case CampaignDrafted():
                return {
                    "text": event.private,
                    "policy": event.policy,
                    "timing": event.timing,
                    "is_urgent": event.is_urgent,
                    "office_id": event.office_id,
                    "follow_up": event.follow_up,
                    "list_id": event.list_id,
                    "requests": with_request(self.requests, event.request),
                }
            case DraftSubmitted():
                return {"requested_as": event.requested_as}
            case DraftClosed():
                return {"is_closed": True, "launched_as": event.launched_as}
            case _:
                raise self.not_found("a draft")

    def save(
        self,
        actor: str,
        text: CampaignText | None,
        policy: ResendPolicy,
        timing: Schedule,
        *,
        is_urgent: bool = False,
        request: str | None = None,
        office_id: str | None = None,
        follow_up: FollowUp | None = None,
        list_id: str | None = None,
    ) -> CampaignDrafted:
        """Save the draft as it is written now. Raises `Refused` for a closed draft."""
        self.check_open()
        return CampaignDrafted(
            **self.header(actor),
            policy=policy,
            timing=timing,
            private=text,
            is_urgent=is_urgent,
            request=request,
            office_id=office_id,
            follow_up=follow_up,
            list_id=list_id,
        )

    def submit(self, actor: str, requested_as: str) -> DraftSubmitted:
        """Say that its launch waits for approval. Raises `Refused` for a closed draft."""
        self.check_open()
        return DraftSubmitted(**self.header(actor), requested_as=requested_as)

    def close(self, actor: str, launched_as: str | None = None) -> DraftClosed:
        """Close the draft, launched as that campaign or discarded. Raises `Refused`."""
        self.check_open()
        return DraftClosed(**self.header(actor), launched_as=launched_as)

    def check_open(self) -> None:
        """Raise `Refused` for a draft that was launched or discarded."""
        if self.is_closed:
            raise Refused("This draft was launched or discarded already.")
