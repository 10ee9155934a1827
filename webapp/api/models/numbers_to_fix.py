"""Numbers that cannot be reached, as `numbers list --json` prints them."""

from typing import Annotated

from msgspec import Meta

from projections.numbers_to_fix.faults import NumberFault
from webapp.api.models.base import AnswerModel, PageQuery
from webapp.api.models.people import ContactId


class NumberToFix(AnswerModel, frozen=True):
    """A number that cannot be reached."""

    contact_id: ContactId
    phone: Annotated[str, Meta(description="E.164.")]
    name: str
    student_ids: Annotated[list[str], Meta(description="Of the latest contact file with any.")]
    household_ids: list[str]
    fault: Annotated[NumberFault, Meta(description="What is wrong, by the last failure.")]
    reason: Annotated[str, Meta(examples=["unreachable_number", "invalid_number"])]
    code: Annotated[str | None, Meta(description="Twilio's code.", examples=["30006"])]
    since: Annotated[str, Meta(description="The first failure. ISO 8601, UTC.")]
    last_failure: Annotated[str, Meta(description="ISO 8601, UTC.")]
    failures: int
    campaigns: Annotated[int, Meta(description="How many campaigns it was hit in.")]
    since_seq: Annotated[int, Meta(description="The event of the first failure.")]
    last_failure_seq: int


class NumberToFixPage(AnswerModel, frozen=True):
    """A page of numbers to fix, the newest first."""

    items: list[NumberToFix]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class NumberToFixQuery(PageQuery, frozen=True):
    """Which numbers are listed."""

    fault: NumberFault | None = None
    campaign_id: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description="Only contacts of this campaign."),
    ] = None


_NUMBER = {
    "contact_id": "con_fg3iipp2v5c4rtya2gq3x5jw",
    "phone": "+14155550101",
    "name": "Ada Okafor",
    "student_ids": ["S-20114"],
    "household_ids": ["H-12"],
    "fault": "landline",
    "reason": "unreachable_number",
    "code": "30006",
    "since": "2026-11-21T10:31:07Z",
    "last_failure": "2026-11-23T09:15:00Z",
    "failures": 2,
    "campaigns": 2,
    "since_seq": 41,
    "last_failure_seq": 812,
}
EXAMPLE_PAGE = {"items": [_NUMBER], "next": None}
EXAMPLE_MARKED = {"contact_id": _NUMBER["contact_id"], "changed": True}
