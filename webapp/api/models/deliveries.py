"""Contacts of a campaign, as `delivery-ledger campaign contacts --json` prints them, and more.

A delivery is the effort to get one campaign's message to one contact.
"""

from typing import Annotated, Any

from msgspec import Meta

from ledger.domain.vocabulary import DeliveryStatus, MessageStatus, Reason
from projections.campaigns.contact_query import ContactOrder
from webapp.api.models.base import AnswerModel, PageQuery

LARGEST_SEQ = 2**53 - 1
"""The largest number that all programs that read JSON read exactly."""


class Delivery(AnswerModel, frozen=True):
    """A contact of a campaign."""

    delivery_id: Annotated[str, Meta(examples=["del_7kz4mnb6v5c4rtya2gq3x5jw"])]
    campaign_id: str
    contact_id: Annotated[str, Meta(description="The same in all campaigns.")]
    position: Annotated[int, Meta(description="Its place among the contacts of the launch.")]
    phone: Annotated[
        str | None, Meta(description="E.164; null once the contact was forgotten, as the name is.")
    ]
    name: str | None
    fields: Annotated[
        dict[str, str] | None,
        Meta(
            description="The merge fields, or all columns of the contact file, such as your own "
            "id of the person; null for a token that may not see them.",
            examples=[{"first_name": "Ada", "student_id": "S-1001"}],
        ),
    ]
    status: DeliveryStatus
    detail: Annotated[
        str, Meta(description="Where the contact is and what it waits for, or why it failed.")
    ]
    reason: Annotated[Reason | None, Meta(description="Why it failed, for programs.")]
    failed_reason: Annotated[str | None, Meta(description="Why it failed, in words.")]
    error_code: Annotated[
        str | None, Meta(description="The code of Twilio, where it has one.", examples=["30003"])
    ]
    attempts: Annotated[int, Meta(description="How many counted; those put back do not.")]
    next_attempt_at: Annotated[
        str | None,
        Meta(description="When the next one can start at the earliest. ISO 8601, UTC."),
    ]
    message_status: MessageStatus | None
    conflict: Annotated[
        bool, Meta(description="Whether reports of one attempt contradict each other.")
    ]
    after_archive: Annotated[
        DeliveryStatus | None,
        Meta(description="The status without the archiving, if it is another."),
    ]
    opted_out: bool
    forgotten_at: str | None
    needs_decision: Annotated[
        bool, Meta(description="Whether staff must decide if it is sent once more.")
    ]
    consent_source: str | None
    consent_given_at: str | None
    seq: Annotated[
        int,
        Meta(
            description="The number of the last event that says something about its status. Ask "
            "with it for what changed since."
        ),
    ]
    changed_at: Annotated[
        str | None,
        Meta(description="When that event was recorded. ISO 8601, UTC; null if it was altered."),
    ]


class DeliveryPage(AnswerModel, frozen=True):
    """A page of contacts."""

    items: list[Delivery]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class DeliveryQuery(PageQuery, frozen=True):
    """Which contacts of a campaign are listed, and in which order."""

    status: Annotated[DeliveryStatus | None, Meta(description="Only those of this status.")] = None
    reason: Annotated[Reason | None, Meta(description="Only those that failed for this.")] = None
    error_code: Annotated[
        Annotated[str, Meta(max_length=20)] | None,
        Meta(description="Only those with this code.", examples=["30003"]),
    ] = None
    changed_since: Annotated[
        Annotated[int, Meta(ge=0, le=LARGEST_SEQ)] | None,
        Meta(description="Only those whose `seq` is greater: what changed after that event."),
    ] = None
    sort: Annotated[
        ContactOrder | None,
        Meta(
            description="`position`, as in the launch; or `last_seq`, by `seq`. The latter is the "
            "default with `changed_since`: what changes while pages are read comes later."
        ),
    ] = None


class DeliveryEvent(AnswerModel, frozen=True):
    """An event of a contact, its campaign, or the person."""

    seq: int
    at: Annotated[str | None, Meta(description="ISO 8601, UTC; null if it was altered.")]
    summary: str
    error_code: str | None


class DeliveryAttempt(AnswerModel, frozen=True):
    """One attempt, and what became of it."""

    number: Annotated[int, Meta(description="From 1; those put back count too.")]
    started_at: str
    sid: Annotated[str | None, Meta(description="The id that Twilio gave to the text.")]
    message_status: MessageStatus | None
    error_code: str | None


class ExplainedDelivery(Delivery, frozen=True, kw_only=True):
    """A contact of a campaign, with what explains its status."""

    why: Annotated[
        str | None,
        Meta(description="Why it has its status; null where an event is altered or unreadable."),
    ]
    outlook: Annotated[
        str, Meta(description="When it will no longer be pending, or advice; may be empty.")
    ]
    problem: Annotated[
        str | None,
        Meta(description="A sentence, where an event is altered or unreadable; null otherwise."),
    ]
    attempt_list: Annotated[list[DeliveryAttempt], Meta(description="In their order.")]
    events: Annotated[
        list[DeliveryEvent],
        Meta(description="The newest first, at most 200; the audit trail has all."),
    ]


EXAMPLE_FIELDS: dict[str, Any] = {
    "delivery_id": "del_7kz4mnb6v5c4rtya2gq3x5jw",
    "campaign_id": "cam_2gq3x5jw7kz4mnb6v5c4rtya",
    "contact_id": "con_rtya2gq3x5jw7kz4mnb6v5c4",
    "position": 1,
    "phone": "+14155550101",
    "name": "Ada Lovelace",
    "fields": {"first_name": "Ada", "student_id": "S-1001"},
    "status": DeliveryStatus.FAILED,
    "detail": "This phone could not be reached.",
    "reason": Reason.UNREACHABLE_NUMBER,
    "failed_reason": "Unreachable number",
    "error_code": "30005",
    "attempts": 1,
    "next_attempt_at": None,
    "message_status": MessageStatus.UNDELIVERED,
    "conflict": False,
    "after_archive": None,
    "opted_out": False,
    "forgotten_at": None,
    "needs_decision": False,
    "consent_source": None,
    "consent_given_at": None,
    "seq": 48210,
    "changed_at": "2026-11-23T14:00:09+00:00",
}
EXAMPLE_PAGE = DeliveryPage(items=[Delivery(**EXAMPLE_FIELDS)], next=None)
EXAMPLE = ExplainedDelivery(
    **EXAMPLE_FIELDS,
    why="Attempt 1 failed at 14:00.",
    outlook="",
    problem=None,
    attempt_list=[
        DeliveryAttempt(
            number=1,
            started_at="2026-11-23T14:00:05+00:00",
            sid="SM0123456789abcdef0123456789abcdef",
            message_status=MessageStatus.UNDELIVERED,
            error_code="30005",
        )
    ],
    events=[
        DeliveryEvent(
            seq=48210,
            at="2026-11-23T14:00:09+00:00",
            summary="Twilio reports undelivered (30005)",
            error_code="30005",
        )
    ],
)
