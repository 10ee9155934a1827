"""Resends that wait for approval, as `campaign requests --json` prints them."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ledger.domain.vocabulary import Reason
from webapp.api.models.acts import EXAMPLE_LEFT_OUT, FailureCause, LeftOut
from webapp.api.models.base import AnswerModel

_ID = "rsd_2gq3x5jw7kz4mnb6v5c4rtya"
_CAMPAIGN = "cam_2gq3x5jw7kz4mnb6v5c4rtya"


State: TypeAlias = Literal["waits for approval", "approved", "resent", "refused"]


class ResendRequest(AnswerModel, frozen=True):
    """A resend that waits for approval."""

    id: str
    campaign_id: str
    name: Annotated[str, Meta(description="Of the campaign.")]
    contacts: Annotated[int, Meta(description="How many contacts it names.")]
    requested_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    requested_by: Annotated[str, Meta(description="The id of who asked.")]


class ResendRequestList(AnswerModel, frozen=True):
    """All resends that wait, the oldest first."""

    items: list[ResendRequest]


class RequestedResend(AnswerModel, frozen=True):
    """What an approver looks at."""

    id: str
    campaign_id: str
    state: State
    seq: Annotated[int, Meta(description="It names the contacts that had failed at this moment.")]
    contacts: Annotated[int, Meta(description="How many contacts it names.")]
    causes: Annotated[
        list[FailureCause], Meta(description="Why they had failed, the most frequent first.")
    ]
    would_resend: Annotated[int, Meta(description="How many would be tried again now.")]
    left_out: list[LeftOut]
    include_unreachable: bool
    requested_by: str


class ResendDecided(AnswerModel, frozen=True):
    """What became of a request."""

    id: str
    campaign_id: str
    state: Literal["resent", "refused", "withdrawn"]
    resent: Annotated[int, Meta(description="How many contacts are tried again.")] = 0
    left_out: list[LeftOut] = msgspec.field(default_factory=list)


EXAMPLE = ResendRequestList(
    items=[
        ResendRequest(
            id=_ID,
            campaign_id=_CAMPAIGN,
            name="Fall aid",
            contacts=412,
            requested_at="2026-11-23T14:00:00+00:00",
            requested_by="usr_3kz4mnb6",
        )
    ]
)
EXAMPLE_REQUEST = RequestedResend(
    id=_ID,
    campaign_id=_CAMPAIGN,
    state="waits for approval",
    seq=48210,
    contacts=412,
    causes=[FailureCause(reason=Reason.CARRIER_OR_SERVICE, error_code="30008", contacts=412)],
    would_resend=409,
    left_out=EXAMPLE_LEFT_OUT,
    include_unreachable=False,
    requested_by="usr_3kz4mnb6",
)
EXAMPLE_RESENT = ResendDecided(
    id=_ID, campaign_id=_CAMPAIGN, state="resent", resent=409, left_out=EXAMPLE_LEFT_OUT
)
EXAMPLE_REFUSED = ResendDecided(id=_ID, campaign_id=_CAMPAIGN, state="refused")
