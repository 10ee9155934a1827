"""What a campaign really costs by Twilio's records, beside what was estimated at its launch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.domain.events import CampaignLaunched
from ledger.messages.cost_estimate import Price
from webapp.bootstrap import Application
from webapp.explain.costs import decimal_text

if TYPE_CHECKING:  # `campaign list` shows no cost
    from projections.costs.queries import Cost, CostQueries


@dataclass(frozen=True, kw_only=True)
class CampaignCost:
    """The costs of a campaign at a moment."""

    costs: "Sequence[Cost]"
    """In each currency; none while no price is known."""
    accepted: int
    """The texts that Twilio accepted."""
    estimated_segments: int | None
    """Of one attempt for each contact; None for campaigns of earlier versions of the program."""
    price: Price | None
    """The price of a segment in the settings."""

    @property
    def priced(self) -> int:
        """How many texts have a price."""
        return sum(cost.texts for cost in self.costs)

    @property
    def segments(self) -> int:
        """The segments of the texts that have a price."""
        return sum(cost.segments for cost in self.costs)

    @property
    def texts(self) -> int:
        """How many texts are expected to have a price; some were accepted without an answer."""
        return max(self.accepted, self.priced)

    @property
    def estimate(self) -> str | None:
        """The estimated cost at today's price of a segment, such as 12.45 USD."""
        if self.price is None or self.estimated_segments is None:
            return None
        return self.price.of(self.estimated_segments)


def campaign_cost(app: Application, campaign_id: str, until: int | None = None) -> CampaignCost:
    """Return the cost of a campaign, now or as of a seq. The campaign must be one that is seen."""
    costs: CostQueries = app.costs if until is None else app.costs.as_of(until)
    return CampaignCost(
        costs=costs.of_campaign(campaign_id),
        accepted=(
            app.silences.accepted().get(campaign_id, 0)
            if until is None
            else costs.accepted_of(campaign_id)
        ),
        estimated_segments=_estimated_segments(app, campaign_id),
        price=app.settings.price,
    )


def _estimated_segments(app: Application, campaign_id: str) -> int | None:
    for recorded in app.ledger.reader.stream(campaign_id):
        if not recorded.is_altered and isinstance(recorded.event, CampaignLaunched):
            return recorded.event.segments
    return None


def cost_document(cost: CampaignCost) -> dict[str, Any]:
    """Return the cost as the API and `campaign show --json` have it; amounts are decimal texts."""
    return {
        "texts": cost.texts,
        "priced_texts": cost.priced,
        "segments": cost.segments,
        "amounts": [
            {"currency": each.currency, "amount": decimal_text(each.cost_millionths)}
            for each in cost.costs
        ],
        "estimated_segments": cost.estimated_segments,
        "estimated_cost": cost.estimate,
    }
