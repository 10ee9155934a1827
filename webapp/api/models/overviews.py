"""How far a campaign is, why texts failed, how fast texts arrived; texts that nobody confirms."""

from typing import Annotated

from msgspec import Meta

from ledger.domain.vocabulary import Reason
from webapp.api.models.base import MOST_ITEMS, AnswerModel, MomentQuery
from webapp.api.models.deliveries import Delivery


class OverviewFailure(AnswerModel, frozen=True):
    """Contacts that failed for one reason."""

    label: str
    reason: Reason
    codes: Annotated[list[str], Meta(description="Twilio's codes, as they came.")]
    contacts: int
    advice: str
    resendable: Annotated[bool, Meta(description="Whether a resend may help.")]


class OverviewChange(AnswerModel, frozen=True):
    """What changed in a step of time that begins so long after the launch."""

    age_seconds: int
    started: Annotated[int, Meta(description="Attempts that were started.")]
    delivered: Annotated[int, Meta(description="Contacts more; fewer where it is negative.")]
    failed: int
    resent: int


class DeliveryTime(AnswerModel, frozen=True):
    """How many texts took at most so long, and longer than the one before."""

    seconds: int
    texts: int


class CampaignOverview(AnswerModel, frozen=True):
    """The numbers of a campaign, as its Overview tab shows them."""

    campaign_id: str
    sentence: Annotated[str, Meta(description="What the campaign waits for, or how it ended.")]
    total: int
    delivered: int
    pending: int
    failed: int
    failed_share: Annotated[float, Meta(description="From 0 to 1.")]
    delivered_last_ten_minutes: int
    unconfirmed: Annotated[
        int, Meta(description="Texts that were sent three days ago and that no carrier confirmed.")
    ]
    next_try: Annotated[str | None, Meta(description="When the next attempt can start.")]
    resendable: int
    attempts: int
    failures: Annotated[list[OverviewFailure], Meta(description="The most frequent first.")]
    changes: Annotated[list[OverviewChange], Meta(description="In the order of time.")]
    delivery_times: list[DeliveryTime]


class UnconfirmedPage(AnswerModel, frozen=True):
    """Contacts whose text was sent and never confirmed."""

    count: Annotated[int, Meta(description="How many there are; `items` has at most `limit`.")]
    items: list[Delivery]


class UnconfirmedQuery(MomentQuery, frozen=True):
    """How many are listed."""

    limit: Annotated[
        int, Meta(description="How many at most; there is no next page.", ge=1, le=MOST_ITEMS)
    ] = 50


class AccountedFor(AnswerModel, frozen=True):
    """What came of accounting for texts."""

    texts: Annotated[int, Meta(description="How many are accounted for now, and were not before.")]
    complete: Annotated[bool, Meta(description="Whether the campaign is complete now.")]


EXAMPLE = CampaignOverview(
    campaign_id="cam_2gq3x5jw7kz4mnb6v5c4rtya",
    sentence="58 contacts wait for a delivery report.",
    total=1200,
    delivered=1130,
    pending=58,
    failed=12,
    failed_share=0.01,
    delivered_last_ten_minutes=4,
    unconfirmed=3,
    next_try=None,
    resendable=5,
    attempts=1212,
    failures=[
        OverviewFailure(
            label="Carrier or service",
            reason=Reason.CARRIER_OR_SERVICE,
            codes=["30008"],
            contacts=12,
            advice="Resend it tomorrow.",
            resendable=True,
        )
    ],
    changes=[OverviewChange(age_seconds=60, started=40, delivered=31, failed=1, resent=0)],
    delivery_times=[DeliveryTime(seconds=5, texts=900)],
)
EXAMPLE_ACCOUNTED = AccountedFor(texts=3, complete=True)
