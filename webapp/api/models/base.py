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


_Limit = Annotated[int, Meta(description="How many items a page has at most.", ge=1, le=MOST_ITEMS)]
_Cursor = Annotated[
    Annotated[str, Meta(max_length=500)] | None,
    Meta(description="Where a page begins: the `next` of the page before, as it is."),
]


class PageQuery(MomentQuery, frozen=True):
    """The parameters of a list that comes in pages."""

    limit: _Limit = 50
    cursor: _Cursor = None


class PresentPageQuery(RequestModel, frozen=True):
    """The same of a list that has no past."""

    limit: _Limit = 50
    cursor: _Cursor = None
