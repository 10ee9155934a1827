"""Legal holds on people and on campaigns, as `contact holds` and `campaign holds` print them."""

from typing import Annotated, Any

from msgspec import Meta

from ledger.commands.legal_holds import LONGEST_REASON
from webapp.api.models.base import AnswerModel, RequestModel
from webapp.api.models.people import EXAMPLE_FIELDS, ContactId, SentNumber, ShownPerson

_CampaignId = Annotated[str, Meta(max_length=100)]
_EXAMPLE_CAMPAIGN = "cam_2gq3x5jw7kz4mnb6v5c4rtya"


class ContactHold(ShownPerson, frozen=True, kw_only=True):
    """A legal hold on a person, in force."""

    hold: Annotated[int, Meta(description="Its number; those of a person are counted from 1.")]
    reason: str
    placed_at: str
    by: Annotated[str, Meta(description="The name of who placed it.")]
    seq: int


class CampaignHold(AnswerModel, frozen=True):
    """A legal hold on a campaign, in force."""

    campaign_id: str
    campaign: Annotated[str, Meta(description="The name of the campaign.")]
    hold: Annotated[int, Meta(description="Its number; those of a campaign are counted from 1.")]
    reason: str
    placed_at: str
    by: Annotated[str, Meta(description="The name of who placed it.")]
    seq: int


class LegalHoldList(AnswerModel, frozen=True):
    """All legal holds in force, each kind in the order of placing."""

    contacts: list[ContactHold]
    campaigns: list[CampaignHold]
    problems: Annotated[
        list[str],
        Meta(description="Why the list may be wrong: an event was altered or cannot be read."),
    ]


class LegalHoldOrder(RequestModel, frozen=True):
    """What is held: one of `contact_id`, `phone` and `campaign_id`."""

    reason: Annotated[
        str,
        Meta(description="Why the data must be kept, such as the case.", max_length=LONGEST_REASON),
    ]
    contact_id: ContactId | None = None
    phone: SentNumber = None
    campaign_id: _CampaignId | None = None


class LegalHoldRelease(RequestModel, frozen=True):
    """Which legal hold has ended: one of `contact_id`, `phone` and `campaign_id`."""

    contact_id: ContactId | None = None
    phone: SentNumber = None
    campaign_id: _CampaignId | None = None
    hold: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="Its number; without it, the only one in force."),
    ] = None


class LegalHoldChanged(AnswerModel, frozen=True):
    """A legal hold that was placed or released."""

    hold: int
    contact_id: str | None
    campaign_id: str | None


_HOLD: dict[str, Any] = {
    "hold": 1,
    "reason": "Lovelace against the school",
    "placed_at": "2026-11-23T14:00:00+00:00",
    "by": "J. Ortiz",
    "seq": 48210,
}
EXAMPLE = LegalHoldList(
    contacts=[ContactHold(**{**EXAMPLE_FIELDS, **_HOLD})],
    campaigns=[CampaignHold(campaign_id=_EXAMPLE_CAMPAIGN, campaign="Fall aid", **_HOLD)],
    problems=[],
)
EXAMPLE_ORDER = LegalHoldOrder(reason="Lovelace against the school", campaign_id=_EXAMPLE_CAMPAIGN)
EXAMPLE_RELEASE = LegalHoldRelease(campaign_id=_EXAMPLE_CAMPAIGN, hold=1)
EXAMPLE_CHANGED = LegalHoldChanged(hold=1, contact_id=None, campaign_id=_EXAMPLE_CAMPAIGN)
