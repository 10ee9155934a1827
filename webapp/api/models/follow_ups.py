"""Follow-ups: the parts of a campaign, and a draft to the contacts of one."""

from typing import Annotated

from msgspec import Meta

from ledger.domain.vocabulary import FollowUpPart
from webapp.api.models.base import AnswerModel, RequestModel
from webapp.api.models.deliveries import LARGEST_SEQ
from webapp.api.models.launches import CampaignName, Message, WordingsOfOrder


class FollowUp(AnswerModel, frozen=True):
    """Which contacts of an earlier campaign a campaign or draft goes to."""

    campaign_id: Annotated[str, Meta(description="The earlier campaign.")]
    part: FollowUpPart
    seq: Annotated[int, Meta(description="The event right after which they were in that part.")]
    at: Annotated[str, Meta(description="The time of that moment. ISO 8601, UTC.")]


class FollowUpOrder(RequestModel, frozen=True, kw_only=True):
    """A part of the contacts of a campaign, for a new draft."""

    part: FollowUpPart
    seq: Annotated[
        Annotated[int, Meta(ge=1, le=LARGEST_SEQ)] | None,
        Meta(description="As they were right after this event; without it, as they are now."),
    ] = None
    name: Annotated[
        CampaignName | None, Meta(description="Without it, that of the earlier campaign is used.")
    ] = None
    message: Message = ""
    wordings: WordingsOfOrder = None


class PartCount(AnswerModel, frozen=True):
    """A part of a campaign, and how many contacts are in it."""

    part: FollowUpPart
    contacts: int


class CampaignParts(AnswerModel, frozen=True):
    """The parts of a campaign to which a follow-up can go."""

    seq: Annotated[int, Meta(description="The moment of the counts; a follow-up takes it.")]
    parts: list[PartCount]


EXAMPLE = FollowUp(
    campaign_id="cam_2gq3x5jw7kz4mnb6v5c4rtya",
    part=FollowUpPart.NO_REPLY,
    seq=48210,
    at="2026-11-24T15:42:00+00:00",
)
EXAMPLE_ORDER = FollowUpOrder(
    part=FollowUpPart.NO_REPLY, seq=48210, message="Hi {{first_name}}, will you come on Friday?"
)
EXAMPLE_PARTS = CampaignParts(
    seq=48210,
    parts=[
        PartCount(part=FollowUpPart.DELIVERED, contacts=461),
        PartCount(part=FollowUpPart.FAILED, contacts=15),
        PartCount(part=FollowUpPart.UNCONFIRMED, contacts=12),
        PartCount(part=FollowUpPart.REPLIED, contacts=37),
        PartCount(part=FollowUpPart.NO_REPLY, contacts=424),
    ],
)
