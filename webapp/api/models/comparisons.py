"""What changed between two moments, as `compare --json` prints it."""

from typing import Annotated, Any

from msgspec import Meta, field

from webapp.api.models.base import AnswerModel, MomentQuery

_Any = dict[str, Any]


class ComparisonQuery(MomentQuery, frozen=True, kw_only=True):
    """Two moments: `from`, and `as_of` or now."""

    first: Annotated[
        str,
        Meta(
            description="The earlier moment: the number of an event, or a time.",
            examples=["41", "2026-11-21T10:31", "24h ago"],
            max_length=100,
        ),
    ] = field(name="from")


class ComparedMoment(AnswerModel, frozen=True):
    """One of the two moments."""

    seq: int
    at: str | None


class Comparison(AnswerModel, frozen=True, kw_only=True):
    """What two moments have in common."""

    first: ComparedMoment = field(name="from")
    to: ComparedMoment
    events: Annotated[int, Meta(description="How many events came between them.")]


class TotalsComparison(Comparison, frozen=True, kw_only=True):
    """What changed in the whole ledger."""

    counts: Annotated[_Any, Meta(description="`before` and `after`: contacts by status.")]
    campaigns: Annotated[list[_Any], Meta(description="The campaigns that changed.")]


class CampaignComparison(Comparison, frozen=True, kw_only=True):
    """What changed in one campaign."""

    campaign: Annotated[_Any, Meta(description="State and counts, `before` and `after`.")]
    acts: Annotated[list[_Any], Meta(description="What was done to the campaign.")]
    contacts: Annotated[list[_Any], Meta(description="The contacts that changed.")]


class ContactComparison(Comparison, frozen=True, kw_only=True):
    """What changed for one contact of a campaign."""

    contact: Annotated[_Any, Meta(description="Its status `before` and `after`, and the events.")]


_MOMENTS: _Any = {
    "first": ComparedMoment(seq=41, at="2026-11-23T14:00:00+00:00"),
    "to": ComparedMoment(seq=97, at="2026-11-23T15:00:00+00:00"),
    "events": 56,
}
EXAMPLE_TOTALS = TotalsComparison(**_MOMENTS, counts={"before": {}, "after": {}}, campaigns=[])
EXAMPLE_CAMPAIGN = CampaignComparison(**_MOMENTS, campaign={}, acts=[], contacts=[])
EXAMPLE_CONTACT = ContactComparison(**_MOMENTS, contact={})
