"""Acts on a campaign: what they did, and what a resend would do."""

from typing import Annotated

from msgspec import Meta

from ledger.commands.stated_reasons import LONGEST_STATED_REASON
from ledger.domain.vocabulary import CampaignState, LeftOutReason, Reason
from webapp.api.models.base import AnswerModel, OptionalBody, RequestModel
from webapp.api.models.deliveries import LARGEST_SEQ


class CampaignActOrder(OptionalBody, frozen=True):
    """An act on a campaign. The body may be left out."""

    reason: Annotated[
        Annotated[str, Meta(max_length=LONGEST_STATED_REASON)] | None,
        Meta(
            description="Why, in your own words. Everybody who may see the campaign reads it, and "
            "it is not encrypted: write no names and no numbers.",
            examples=["wrong date in the text"],
        ),
    ] = None


class CampaignActDone(AnswerModel, frozen=True):
    """What an act did."""

    id: Annotated[str, Meta(description="The campaign.")]
    state: Annotated[
        CampaignState, Meta(description="Its state now; somebody may have acted since.")
    ]
    detail: Annotated[str, Meta(description="What the act did, in words.")]


class LeftOut(AnswerModel, frozen=True):
    """Contacts that a resend leaves out."""

    reason: LeftOutReason
    contacts: int
    detail: Annotated[str, Meta(description="Why, in words.")]


class FailureCause(AnswerModel, frozen=True):
    """A reason and a code with which contacts of the campaign failed."""

    reason: Reason
    error_code: str | None
    contacts: int


class ResendPlan(AnswerModel, frozen=True):
    """What a resend would do now."""

    seq: Annotated[
        int, Meta(description="The moment of the plan. The resend needs it, to mean the same.")
    ]
    would_resend: Annotated[int, Meta(description="How many contacts would be tried again.")]
    left_out: list[LeftOut]
    causes: Annotated[
        list[FailureCause],
        Meta(description="Why contacts of the campaign failed, the most frequent first."),
    ]


class Resent(AnswerModel, frozen=True):
    """What a resend did."""

    resent: Annotated[int, Meta(description="How many contacts are tried again.")]
    left_out: list[LeftOut]


class Recalled(AnswerModel, frozen=True):
    """What a recall did."""

    not_texted: Annotated[int, Meta(description="How many contacts waited, and are not texted.")]
    canceled: Annotated[int, Meta(description="How many texts Twilio canceled.")]
    too_late: Annotated[int, Meta(description="How many texts Twilio had sent already.")]
    unanswered: Annotated[int, Meta(description="About how many texts it could not be asked.")]
    is_complete: Annotated[
        bool, Meta(description="False where time was up. Recall again, to ask about all the rest.")
    ]


class WaitingResend(AnswerModel, frozen=True):
    """A resend that waits for somebody else's approval."""

    resend_id: Annotated[str, Meta(description="The id of the request.")]
    state: Annotated[str, Meta(description="Always `waits for approval`.")]
    detail: Annotated[str, Meta(description="Why it waits, and what to do, in sentences.")]


_REASON = Meta(description="Only those that failed for this.")
_CODE = Meta(description="Only those with this code.", examples=["30003"])
_DELIVERY = Meta(description="Only this contact.")
_UNREACHABLE = Meta(
    description="Also unreachable, invalid and blocking numbers, and landlines; it seldom helps."
)
_ShortText = Annotated[str, Meta(max_length=100)]


class ResendQuery(RequestModel, frozen=True):
    """To which of the failed contacts a resend would go."""

    reason: Annotated[Reason | None, _REASON] = None
    error_code: Annotated[_ShortText | None, _CODE] = None
    delivery_id: Annotated[_ShortText | None, _DELIVERY] = None
    include_unreachable: Annotated[bool, _UNREACHABLE] = False


class ResendOrder(RequestModel, frozen=True):
    """To which of the failed contacts a resend goes."""

    seq: Annotated[
        int,
        Meta(
            description="That of the plan: those that had failed then are tried again.",
            ge=1,
            le=LARGEST_SEQ,
        ),
    ]
    reason: Annotated[Reason | None, _REASON] = None
    error_code: Annotated[_ShortText | None, _CODE] = None
    delivery_id: Annotated[_ShortText | None, _DELIVERY] = None
    include_unreachable: Annotated[bool, _UNREACHABLE] = False


EXAMPLE_ACT = CampaignActOrder(reason="wrong date in the text")
EXAMPLE = CampaignActDone(
    id="cam_2gq3x5jw7kz4mnb6v5c4rtya",
    state=CampaignState.PAUSED,
    detail="Paused: nothing is sent until somebody resumes it.",
)
EXAMPLE_LEFT_OUT = [
    LeftOut(
        reason=LeftOutReason.OPTED_OUT,
        contacts=3,
        detail="Opted out: they asked not to be texted.",
    )
]
EXAMPLE_PLAN = ResendPlan(
    seq=48210,
    would_resend=9,
    left_out=EXAMPLE_LEFT_OUT,
    causes=[FailureCause(reason=Reason.CARRIER_OR_SERVICE, error_code="30008", contacts=12)],
)
EXAMPLE_ORDER = ResendOrder(seq=48210, reason=Reason.CARRIER_OR_SERVICE)
EXAMPLE_RESENT = Resent(resent=9, left_out=EXAMPLE_LEFT_OUT)
EXAMPLE_WAITING = WaitingResend(
    resend_id="rsd_2gq3x5jw7kz4mnb6v5c4rtya",
    state="waits for approval",
    detail="The resend waits for approval. Send the request again to learn what was decided.",
)
EXAMPLE_RECALLED = Recalled(
    not_texted=190, canceled=12, too_late=300, unanswered=0, is_complete=True
)
