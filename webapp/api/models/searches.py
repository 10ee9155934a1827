"""The search over everything: people, campaigns and events."""

from typing import Annotated

from msgspec import Meta

from webapp.api.models.base import MOST_ITEMS, AnswerModel, MomentQuery, RequestModel
from webapp.api.models.people import EXAMPLE_FIELDS, ShownPerson


class SearchQuery(MomentQuery, frozen=True):
    """How much of each kind is returned."""

    limit: Annotated[
        int, Meta(description="How many of each kind at most.", ge=1, le=MOST_ITEMS)
    ] = 20


class Search(RequestModel, frozen=True):
    """What is searched for."""

    words: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="A name or its beginning, four digits or more of a number, an id of the "
            "school, the name of a campaign, an event such as #41, or a SID.",
        ),
    ]


class FoundPerson(ShownPerson, frozen=True, kw_only=True):
    """A person whom a search found."""

    campaigns: Annotated[int, Meta(description="How many campaigns texted the person.")]
    last_campaign: str | None
    student_ids: list[str]
    household_ids: list[str]


class FoundCampaign(AnswerModel, frozen=True):
    """A campaign whose name a search found."""

    id: str
    name: str


class FoundEvent(AnswerModel, frozen=True):
    """An event that a search found by its number or a SID."""

    seq: int
    summary: str


class Found(AnswerModel, frozen=True):
    """What a search found."""

    people: list[FoundPerson]
    more_people: Annotated[bool, Meta(description="Whether there are more; write more words.")]
    campaigns: list[FoundCampaign]
    events: list[FoundEvent]
    complete: Annotated[bool, Meta(description="False where the newest names are not indexed yet.")]


EXAMPLE_SEARCH = Search(words="lovelace")
EXAMPLE = Found(
    people=[
        FoundPerson(
            **EXAMPLE_FIELDS,
            campaigns=2,
            last_campaign="Fall aid",
            student_ids=["S-1001"],
            household_ids=[],
        )
    ],
    more_people=False,
    campaigns=[],
    events=[],
    complete=True,
)
