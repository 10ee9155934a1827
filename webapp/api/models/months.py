"""A year of campaigns by month."""

from typing import Annotated

from msgspec import Meta

from webapp.api.models.base import AnswerModel, MomentQuery
from webapp.api.models.campaigns import Amount
from webapp.months import LAST_YEAR


class Month(AnswerModel, frozen=True):
    """The campaigns that were launched in a month."""

    month: Annotated[str, Meta(examples=["2026-11"])]
    campaigns: int
    contacts: int
    texts: Annotated[int, Meta(description="The texts that Twilio accepted.")]
    delivered: Annotated[int, Meta(description="Contacts, as are the next two.")]
    pending: int
    failed: int
    unreachable: Annotated[
        int, Meta(description="The failed contacts whose number cannot be reached.")
    ]
    replies: Annotated[
        int, Meta(description="All texts from people in this month, also those that opt out.")
    ]
    opt_outs: int
    segments: Annotated[int, Meta(description="The segments of the texts that have a price.")]
    priced_texts: Annotated[int, Meta(description="The texts of which Twilio named the price.")]
    amounts: Annotated[list[Amount], Meta(description="The cost of them, in each currency.")]


class Months(AnswerModel, frozen=True):
    """The months of a year from the first with anything in it to the last, the newest first."""

    year: int
    years: Annotated[list[int], Meta(description="Those with campaigns, and the one shown.")]
    months: list[Month]


class MonthsQuery(MomentQuery, frozen=True):
    """Which year, of which office."""

    year: Annotated[
        Annotated[int, Meta(ge=1970, le=LAST_YEAR)] | None, Meta(description="The year.")
    ] = None
    office_id: Annotated[
        Annotated[str, Meta(max_length=64)] | None, Meta(description="Only this office.")
    ] = None


EXAMPLE = Months(
    year=2026,
    years=[2026, 2025],
    months=[
        Month(
            month="2026-11",
            campaigns=4,
            contacts=1200,
            texts=1234,
            delivered=1130,
            pending=58,
            failed=12,
            unreachable=9,
            replies=81,
            opt_outs=5,
            segments=1190,
            priced_texts=1190,
            amounts=[Amount(currency="USD", amount="9.401")],
        )
    ],
)
