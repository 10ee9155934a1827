"""What all models of the API are made from."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

MOST_ITEMS = 200


class RequestModel(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Something that a client sends. An unknown field is refused: it may be a slip."""


class OptionalBody(RequestModel, frozen=True):
    """A body that may be left out."""

    MAY_BE_LEFT_OUT: ClassVar[bool] = True


class AnswerModel(Struct, frozen=True, kw_only=True):
    """Something that is answered. Fields may be added to it in later versions."""


class MomentQuery(RequestModel, frozen=True):
    """The parameters of a read."""

    as_of: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(
            description="Shows how it was at a past moment: the number of an event, or a time.",
            examples=["41", "2026-11-21T10:31", "yesterday 17:00"],
        ),
    ] = None


class PageQuery(MomentQuery, frozen=True):
    """The parameters of a list that comes in pages."""

    limit: Annotated[
        int, Meta(description="How many items a page has at most.", ge=1, le=MOST_ITEMS)
    ] = 50
    cursor: Annotated[
        Annotated[str, Meta(max_length=500)] | None,
        Meta(description="Where a page begins: the `next` of the page before, as it is."),
    ] = None
