"""Texts that may have been sent, and the decisions of staff on them."""

from typing import Annotated

from msgspec import Meta

from ledger.domain.vocabulary import Settlement
from webapp.api.models import deliveries
from webapp.api.models.base import AnswerModel, PageQuery, RequestModel
from webapp.api.models.deliveries import LARGEST_SEQ


class UndecidedQuery(PageQuery, frozen=True):
    """Which texts are listed."""

    campaign_id: Annotated[
        Annotated[str, Meta(max_length=100)] | None, Meta(description="Only of this campaign.")
    ] = None


class Decision(RequestModel, frozen=True):
    """A decision on one text."""

    decision: Annotated[
        Settlement,
        Meta(
            description="`resend`: send it again, even if the person then gets it twice. `let_be`: "
            "send nothing more; it fails unless a report says more."
        ),
    ]
    seq: Annotated[
        int,
        Meta(
            description="The `seq` of the text as it was listed. Where something was recorded "
            "since, the decision is refused.",
            ge=1,
            le=LARGEST_SEQ,
        ),
    ]


class Decided(AnswerModel, frozen=True):
    """A decision that was recorded."""

    delivery_id: str
    decision: Settlement
    detail: Annotated[str, Meta(description="What happens now, in words.")]


_ITEM = deliveries.EXAMPLE_FIELDS | {"needs_decision": True}
EXAMPLE_PAGE = deliveries.DeliveryPage(items=[deliveries.Delivery(**_ITEM)], next=None)
EXAMPLE_DECISION = Decision(decision=Settlement.LET_BE, seq=48210)
EXAMPLE_DECIDED = Decided(
    delivery_id="del_7kz4mnb6v5c4rtya2gq3x5jw",
    decision=Settlement.LET_BE,
    detail="Nothing more is sent: it counts as failed, unless a report says more.",
)
