"""Opt-outs, as `contact opt-outs --json` prints them, and texts that may ask for one."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from ledger.commands.stated_reasons import LONGEST_STATED_REASON
from ledger.domain.vocabulary import OptOutMeans
from webapp.api.models.base import AnswerModel, PageQuery, RequestModel
from webapp.api.models.opt_out_imports import Means
from webapp.api.models.people import (
    EXAMPLE_CONTACT_ID,
    EXAMPLE_FIELDS,
    ContactChanged,
    ContactId,
    PersonChoice,
    ShownPerson,
    TextsWithdrawn,
)

OptingReason = Annotated[
    Annotated[str, Meta(max_length=LONGEST_STATED_REASON)] | None,
    Meta(
        description="Why, in your own words. It is encrypted, and destroyed with the person's data."
    ),
]


class OptOutEntry(ShownPerson, frozen=True, kw_only=True):
    """An opt-out that is in force."""

    source: Annotated[
        str, Meta(description="Who recorded it.", examples=["staff", "inbound", "provider"])
    ]
    means: Annotated[
        OptOutMeans | None,
        Meta(description="How the person asked, where staff said so."),
    ]
    opted_out_at: Annotated[str, Meta(description="When the person asked. ISO 8601, UTC.")]
    recorded_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    forgotten_at: str | None


class OptOutPage(AnswerModel, frozen=True):
    """A page of opt-outs, the newest first."""

    items: list[OptOutEntry]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class OptOutQuery(PageQuery, frozen=True):
    """Which opt-outs are listed."""


class OptOutOrder(PersonChoice, frozen=True):
    """Somebody who is to get no texts any more."""

    means: Annotated[
        Means | None,
        Meta(description="How the person asked."),
    ] = None
    received_at: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(
            description="When the person asked. Without an offset, in the school's time zone.",
            examples=["2026-11-21T10:31"],
        ),
    ] = None
    reason: OptingReason = None


class OptInOrder(PersonChoice, frozen=True):
    """Somebody who may be texted again."""

    reason: OptingReason = None


class ConsentOrder(PersonChoice, frozen=True, kw_only=True):
    """Somebody who agreed to get texts."""

    source: Annotated[
        str,
        Meta(
            description="How the person gave it, in your own words.",
            max_length=1000,
            examples=["Fall enrollment form"],
        ),
    ]
    given_at: Annotated[
        str,
        Meta(
            description="When. Without an offset, in the school's time zone.",
            max_length=100,
            examples=["2026-09-02T10:31"],
        ),
    ]


class OptedIn(ContactChanged, frozen=True, kw_only=True):
    """What an opt-in did."""

    note: Annotated[
        str | None, Meta(description="Whether Twilio still blocks the number; null otherwise.")
    ]


class PossibleOptOut(ShownPerson, frozen=True, kw_only=True):
    """A text that may ask for an opt-out, and waits for a decision."""

    text: str
    received_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    due_by: Annotated[str, Meta(description="Decide before. ISO 8601, with an offset.")]
    message_sid: Annotated[str, Meta(description="The id that Twilio gave to the text.")]


class PossibleOptOutPage(AnswerModel, frozen=True):
    """A page of texts that wait for a decision, the oldest first."""

    items: list[PossibleOptOut]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class PossibleOptOutQuery(PageQuery, frozen=True):
    """Which texts are listed."""


class TextDecision(StrEnum):
    """What is decided on a text that may ask for an opt-out."""

    OPT_OUT = "opt-out"
    DISMISS = "dismiss"


class PossibleOptOutDecision(RequestModel, frozen=True):
    """A decision on one text."""

    contact_id: ContactId
    message_sid: Annotated[str, Meta(max_length=100)]
    decision: Annotated[TextDecision, Meta(description="`dismiss`: the text asks for no opt-out.")]


class PossibleOptOutDecided(AnswerModel, frozen=True):
    """What a decision did."""

    contact_id: ContactId
    message_sid: str
    decision: TextDecision
    withdrawn: Annotated[int, Meta(description="How many texts that waited are not sent now.")]


_SID = "SM2b7d0c6f9e5a4318b0c1d2e3f4a5b6c7"
EXAMPLE_PAGE = OptOutPage(
    items=[
        OptOutEntry(
            **EXAMPLE_FIELDS,
            source="staff",
            means=OptOutMeans.LETTER,
            opted_out_at="2026-11-21T10:31:00+00:00",
            recorded_at="2026-11-23T14:00:00+00:00",
            forgotten_at=None,
        )
    ],
    next=None,
)
EXAMPLE_ORDER = OptOutOrder(phone="+14155550101", means="letter", received_at="2026-11-21T10:31")
EXAMPLE_OPTED_OUT = TextsWithdrawn(contact_id=EXAMPLE_CONTACT_ID, changed=True, withdrawn=1)
EXAMPLE_OPT_IN = OptInOrder(contact_id=EXAMPLE_CONTACT_ID, reason="Asked for texts again.")
EXAMPLE_OPTED_IN = OptedIn(contact_id=EXAMPLE_CONTACT_ID, changed=True, note=None)
EXAMPLE_TEXTS = PossibleOptOutPage(
    items=[
        PossibleOptOut(
            **EXAMPLE_FIELDS,
            text="please no more of these",
            received_at="2026-11-23T14:00:00+00:00",
            due_by="2026-12-08T23:59:59-08:00",
            message_sid=_SID,
        )
    ],
    next=None,
)
EXAMPLE_DECISION = PossibleOptOutDecision(
    contact_id=EXAMPLE_CONTACT_ID, message_sid=_SID, decision=TextDecision.OPT_OUT
)
EXAMPLE_DECIDED = PossibleOptOutDecided(
    contact_id=EXAMPLE_CONTACT_ID, message_sid=_SID, decision=TextDecision.OPT_OUT, withdrawn=1
)
EXAMPLE_CONSENT = ConsentOrder(
    phone="+14155550101", source="Fall enrollment form", given_at="2026-09-02T10:31"
)
EXAMPLE_CONSENT_GIVEN = ContactChanged(contact_id=EXAMPLE_CONTACT_ID, changed=True)
