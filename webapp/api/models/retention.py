"""The retention rule, as `retention show --json` prints it."""

from typing import Annotated

from msgspec import Meta

from webapp.api.models.base import AnswerModel, RequestModel


class RetentionRule(AnswerModel, frozen=True):
    """After how many days past the end of their last campaign contacts are forgotten."""

    days: Annotated[int | None, Meta(description="Null: nobody is forgotten automatically.")]
    rule: Annotated[int | None, Meta(description="Its number; null before the first rule.")]
    begins_at: Annotated[str | None, Meta(description="When it begins, or began. ISO 8601, UTC.")]
    is_running: bool


class RetentionOrder(RequestModel, frozen=True):
    """A rule that is to be set."""

    days: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="Null: nobody is forgotten automatically."),
    ]


EXAMPLE = RetentionRule(days=730, rule=2, begins_at="2026-11-30T14:00:00+00:00", is_running=False)
EXAMPLE_ORDER = RetentionOrder(days=730)
