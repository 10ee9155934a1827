"""Permalinks, as `permalink list --json` prints them."""

from typing import Annotated

from msgspec import Meta

from webapp.api.models.base import AnswerModel, RequestModel


class Permalink(AnswerModel, frozen=True):
    """An address that shows one page of the past without signing in."""

    id: str
    page: Annotated[str, Meta(description="The page that it shows.")]
    state: Annotated[str, Meta(examples=["open", "expired", "revoked"])]
    made_at: str
    made_by: Annotated[str, Meta(description="The name of who made it.")]
    expires_at: str
    shows_numbers: bool
    hours_read: Annotated[int, Meta(description="In how many hours it was read.")]
    last_read_at: str | None
    address: Annotated[
        str | None,
        Meta(description="For its maker, while it is open; null for others."),
    ]


class PermalinkOrder(RequestModel, frozen=True):
    """Which page is shown, and for how long."""

    page: Annotated[
        str,
        Meta(
            max_length=2000,
            description="The address of a page of the past, as in a browser, from the first `/`.",
            examples=["/campaigns/cam_2gq3x5jw7kz4mnb6v5c4rtya?as_of=48210"],
        ),
    ]
    days: Annotated[int, Meta(ge=1, le=90)] = 30
    shows_numbers: bool = False


class PermalinkList(AnswerModel, frozen=True):
    """All permalinks, the newest first."""

    items: list[Permalink]


_PAGE = "/campaigns/cam_2gq3x5jw7kz4mnb6v5c4rtya?as_of=41"
EXAMPLE = Permalink(
    id="lnk_0123456789abcdef01234567",
    page=_PAGE,
    state="open",
    made_at="2026-11-23T14:00:00+00:00",
    made_by="J. Ortiz",
    expires_at="2026-11-30T14:00:00+00:00",
    shows_numbers=False,
    hours_read=0,
    last_read_at=None,
    address="https://texts.school.example/shared/TOKEN",
)
EXAMPLE_LIST = PermalinkList(items=[EXAMPLE])
EXAMPLE_ORDER = PermalinkOrder(page="/campaigns/cam_2gq3x5jw7kz4mnb6v5c4rtya?as_of=48210")
