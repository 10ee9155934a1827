"""Launches that wait for approval, as `campaign requests --json` prints them."""

from typing import Annotated, Literal

from msgspec import Meta

from webapp.api.models.base import AnswerModel, RequestModel

_CAMPAIGN = "cam_2gq3x5jw7kz4mnb6v5c4rtya"


class LaunchRequest(AnswerModel, frozen=True):
    """A launch that waits for approval."""

    id: Annotated[str, Meta(description="The id of the campaign once it is launched.")]
    name: str
    contacts: int
    requested_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    requested_by: Annotated[str, Meta(description="The id of who asked.")]


class LaunchRequestList(AnswerModel, frozen=True):
    """All launches that wait, the oldest first."""

    items: list[LaunchRequest]


class LaunchRefusal(RequestModel, frozen=True):
    """Why a launch is refused."""

    reason: Annotated[str, Meta(description="For the person who asked.", max_length=1000)] = ""


class LaunchDecided(AnswerModel, frozen=True):
    """What became of a request."""

    id: str
    state: Literal["launched", "refused", "withdrawn"]


EXAMPLE = LaunchRequestList(
    items=[
        LaunchRequest(
            id=_CAMPAIGN,
            name="Fall aid",
            contacts=412,
            requested_at="2026-11-23T14:00:00+00:00",
            requested_by="usr_3kz4mnb6",
        )
    ]
)
EXAMPLE_REFUSAL = LaunchRefusal(reason="The due date is wrong.")
EXAMPLE_LAUNCHED = LaunchDecided(id=_CAMPAIGN, state="launched")
EXAMPLE_REFUSED = LaunchDecided(id=_CAMPAIGN, state="refused")
