"""Events of the audit trail, as `delivery-ledger audit --json` prints them."""

from typing import Annotated, Any

from msgspec import Meta, field

from webapp.api.models.base import AnswerModel, PageQuery, RequestModel
from webapp.api.models.deliveries import LARGEST_SEQ
from webapp.explain.event_problems import EventProblem

_Word = Annotated[str, Meta(max_length=200)]


class EventSummary(AnswerModel, frozen=True):
    """An event. Of an altered one only `seq`, `summary` and `problem` are there."""

    seq: Annotated[int, Meta(description="Its number in the ledger, from 1, without gaps.")]
    recorded_at: Annotated[str | None, Meta(description="ISO 8601, UTC.")]
    type: Annotated[str | None, Meta(examples=["CallbackReceived"])]
    campaign_id: str | None
    delivery_id: str | None
    contact_id: str | None
    actor: Annotated[str | None, Meta(description="Who acted: a name, `sender` or `twilio`.")]
    summary: Annotated[str, Meta(description="What happened, in words.")]
    problem: Annotated[
        EventProblem | None, Meta(description="Why it is not shown as a fact; null for nearly all.")
    ]


class EventPage(AnswerModel, frozen=True):
    """A page of events."""

    items: list[EventSummary]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class FullEvent(EventSummary, frozen=True, kw_only=True):
    """An event with its raw fields."""

    stream_id: str | None
    stream_version: Annotated[int | None, Meta(description="Its place in its stream, from 1.")]
    data: Annotated[
        dict[str, Any] | None,
        Meta(
            description="Its fields; null where it has a problem. `private` has what is sealed, "
            "such as numbers, texts and what Twilio posted; null once that is forgotten."
        ),
    ]


class EventQuery(PageQuery, frozen=True):
    """Which events are listed; as in the address of the audit trail's page, with ids alone."""

    after_seq: Annotated[
        Annotated[int, Meta(ge=0, le=LARGEST_SEQ)] | None,
        Meta(description="Only events with a greater number, the oldest first: to follow them."),
    ] = None
    type: Annotated[
        _Word | None, Meta(description="Types, with commas.", examples=["CampaignClosed"])
    ] = None
    actor: Annotated[_Word | None, Meta(description="An id, `sender` or `twilio`.")] = None
    campaign: Annotated[_Word | None, Meta(description="The id of a campaign.")] = None
    contact: Annotated[_Word | None, Meta(description="The ids of a person, with commas.")] = None
    delivery: Annotated[_Word | None, Meta(description="The id of a delivery.")] = None
    sid: Annotated[_Word | None, Meta(description="The SID of a text.")] = None
    code: Annotated[_Word | None, Meta(description="An error code of Twilio.")] = None
    since: Annotated[_Word | None, Meta(description="Recorded then or later. ISO 8601.")] = None
    until: Annotated[_Word | None, Meta(description="Recorded earlier. ISO 8601.")] = None
    seq: Annotated[_Word | None, Meta(description="Numbers.", examples=["10..90"])] = None
    is_: Annotated[
        _Word | None, Meta(description="`late`, `stray` or `access`.", examples=["late"])
    ] = field(default=None, name="is")
    routine: Annotated[
        _Word | None, Meta(description="`no` leaves out enrolments, starts and the like.")
    ] = None
    access: Annotated[
        _Word | None, Meta(description="`yes` or `no`: with the record of access or without it.")
    ] = None


class EventSearchQuery(PageQuery, frozen=True):
    """Which page of a search."""


class EventSearch(RequestModel, frozen=True):
    """A search in words, which may have names and numbers."""

    words: Annotated[
        str,
        Meta(
            description="As in the box of the audit trail's page.",
            examples=['contact:"Ada Lovelace" is:late', 'number:"+1 415 555 0101" after:"23 Nov"'],
            max_length=1000,
        ),
    ]


EXAMPLE = EventSummary(
    seq=48210,
    recorded_at="2026-11-23T14:02:11.412000+00:00",
    type="CallbackReceived",
    campaign_id="cam_2gq3x5jw7kz4mnb6v5c4rtya",
    delivery_id="del_7kz4mnb6v5c4rtya2gq3x5jw",
    contact_id="con_fg3iipp2v5c4rtya2gq3x5jw",
    actor="Twilio",
    summary="Twilio reported: delivered",
    problem=None,
)
EXAMPLE_PAGE = EventPage(items=[EXAMPLE], next=None)
EXAMPLE_EVENT = FullEvent(
    seq=EXAMPLE.seq,
    recorded_at=EXAMPLE.recorded_at,
    type=EXAMPLE.type,
    campaign_id=EXAMPLE.campaign_id,
    delivery_id=EXAMPLE.delivery_id,
    contact_id=EXAMPLE.contact_id,
    actor=EXAMPLE.actor,
    summary=EXAMPLE.summary,
    problem=None,
    stream_id=EXAMPLE.delivery_id,
    stream_version=4,
    data={"turn": 1, "status": "delivered", "private": {"parameters": [["To", "+14155550101"]]}},
)
EXAMPLE_SEARCH = EventSearch(words='contact:"Ada Lovelace" is:late')
