"""Campaigns, as `delivery-ledger campaign show --json` prints them, and lists of them."""

from typing import Annotated

from msgspec import Meta, structs

from ledger.domain.vocabulary import CampaignState
from webapp.api.models.base import AnswerModel, PageQuery
from webapp.api.models.contact_lists import CampaignList
from webapp.api.models.follow_ups import FollowUp


class Counts(AnswerModel, frozen=True):
    """How many contacts of a campaign have which status."""

    total: int
    delivered: int
    pending: int
    failed: int


class Timing(AnswerModel, frozen=True):
    """When a campaign may text."""

    starts_at: Annotated[str | None, Meta(description="Nothing is sent before. ISO 8601, UTC.")]
    send_before: Annotated[
        str | None, Meta(description="Nothing is attempted from then on. ISO 8601, UTC.")
    ]
    window: Annotated[
        str | None,
        Meta(
            description="The hours of a contact's day in which it texts.", examples=["08:00-21:00"]
        ),
    ]


class Amount(AnswerModel, frozen=True):
    """A cost in one currency."""

    currency: Annotated[
        str, Meta(description="As Twilio writes it; blank where it names none.", examples=["USD"])
    ]
    amount: Annotated[str, Meta(description="A decimal number, not rounded.", examples=["11.0955"])]


class CampaignCosts(AnswerModel, frozen=True):
    """What the texts of a campaign cost by Twilio's records, beside the estimate."""

    texts: Annotated[int, Meta(description="The texts that Twilio accepted.")]
    priced_texts: Annotated[
        int, Meta(description="Those of which Twilio has named the price. The rest counts later.")
    ]
    segments: Annotated[int, Meta(description="The segments of the texts that have a price.")]
    amounts: Annotated[list[Amount], Meta(description="The cost of them, in each currency.")]
    estimated_segments: Annotated[
        int | None,
        Meta(description="Estimated at the launch, with one attempt for each contact."),
    ]
    estimated_cost: Annotated[
        str | None,
        Meta(description="At the price of a segment in the settings.", examples=["12.45 USD"]),
    ]


class Campaign(AnswerModel, frozen=True):
    """A launched campaign."""

    id: Annotated[str, Meta(examples=["cam_2gq3x5jw7kz4mnb6v5c4rtya"])]
    name: str
    state: CampaignState
    complete: Annotated[
        bool, Meta(description="Whether every contact is delivered, failed or accounted for.")
    ]
    counts: Counts
    accounted_for: Annotated[
        int, Meta(description="Pending contacts on whose text staff expect no report any more.")
    ]
    launched_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    state_reason: Annotated[
        str | None, Meta(description="Why it paused or closed by itself; null otherwise.")
    ]
    stated_reason: Annotated[
        str | None,
        Meta(description="Why staff paused, resumed or ended it; null without a reason."),
    ]
    follow_up: Annotated[
        FollowUp | None, Meta(description="The earlier campaign that it follows; null without one.")
    ]
    contact_list: Annotated[
        CampaignList | None, Meta(description="The contact list that it went to; null for a file.")
    ]
    timing: Timing
    urgent: Annotated[bool, Meta(description="Whether it texts at any hour, before all others.")]
    office_id: Annotated[str | None, Meta(description="Null: it belongs to the whole district.")]
    cost: Annotated[
        CampaignCosts | None, Meta(description="Only where one campaign is asked for; else null.")
    ] = None


class CampaignPage(AnswerModel, frozen=True):
    """A page of campaigns, the newest first."""

    items: list[Campaign]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class CampaignQuery(PageQuery, frozen=True):
    """Which campaigns are listed."""

    state: Annotated[CampaignState | None, Meta(description="Only those in this state.")] = None
    office_id: Annotated[
        Annotated[str, Meta(max_length=64)] | None, Meta(description="Only those of this office.")
    ] = None


EXAMPLE = Campaign(
    id="cam_2gq3x5jw7kz4mnb6v5c4rtya",
    name="Fall aid",
    state=CampaignState.SENDING,
    complete=False,
    counts=Counts(total=1200, delivered=1130, pending=58, failed=12),
    accounted_for=0,
    launched_at="2026-11-23T14:00:00+00:00",
    state_reason=None,
    stated_reason=None,
    follow_up=None,
    contact_list=None,
    timing=Timing(starts_at=None, send_before=None, window="08:00-21:00"),
    urgent=False,
    office_id=None,
    cost=CampaignCosts(
        texts=1195,
        priced_texts=1190,
        segments=1190,
        amounts=[Amount(currency="USD", amount="9.401")],
        estimated_segments=1200,
        estimated_cost="9.96 USD",
    ),
)
EXAMPLE_PAGE = CampaignPage(items=[structs.replace(EXAMPLE, cost=None)], next=None)
