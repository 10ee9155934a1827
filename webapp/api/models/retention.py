"""The retention rule, as `retention show --json` prints it."""

from typing import Annotated

from msgspec import Meta

from webapp.api.models.base import AnswerModel, PresentPageQuery, RequestModel


class RetentionRule(AnswerModel, frozen=True):
    """After how many days past the end of their last campaign contacts are forgotten."""

    days: Annotated[int | None, Meta(description="Null: nobody is forgotten automatically.")]
    rule: Annotated[int | None, Meta(description="Its number; null before the first rule.")]
    begins_at: Annotated[str | None, Meta(description="When it begins, or began. ISO 8601, UTC.")]
    is_running: bool


class RetentionReportQuery(PresentPageQuery, frozen=True):
    """Which rule is reported on."""

    days: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="As if that was the rule; without it the rule itself."),
    ] = None


class RetentionReportRow(AnswerModel, frozen=True):
    """Somebody whom the rule forgets, or keeps."""

    forgotten_on: Annotated[str | None, Meta(description="When the rule forgets the person.")]
    contact_id: str
    phone: str
    name: str
    last_campaign_ended: str | None
    kept: Annotated[str | None, Meta(description="Why the person is kept; null for the others.")]


class RetentionReport(AnswerModel, frozen=True):
    """A page of the report."""

    items: list[RetentionReportRow]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class RetentionOrder(RequestModel, frozen=True):
    """A rule that is to be set."""

    days: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="Null: nobody is forgotten automatically."),
    ]


EXAMPLE = RetentionRule(days=730, rule=2, begins_at="2026-11-30T14:00:00+00:00", is_running=False)
EXAMPLE_ORDER = RetentionOrder(days=730)
EXAMPLE_REPORT = RetentionReport(
    items=[
        RetentionReportRow(
            forgotten_on="2027-11-21T10:31:00+00:00",
            contact_id="con_fg3iipp2v5c4rtya2gq3x5jw",
            phone="+14155550101",
            name="Ada Lovelace",
            last_campaign_ended="2026-11-21T10:31:00+00:00",
            kept=None,
        )
    ],
    next=None,
)
