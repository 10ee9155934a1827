"""Forgetting people, and what the ledger holds about one person."""

from typing import Annotated, Any

from msgspec import Meta

from webapp.api.models.base import AnswerModel, PageQuery
from webapp.api.models.people import EXAMPLE_CONTACT_ID, ContactId, TextsWithdrawn


class ForgettingEffect(AnswerModel, frozen=True):
    """What a forgetting would do now."""

    contact_id: ContactId
    refusal: Annotated[
        str | None,
        Meta(description="Why it is not possible now, such as a legal hold; null where it is."),
    ]
    campaigns: Annotated[int, Meta(description="In how many campaigns the person is.")]
    would_withdraw: Annotated[int, Meta(description="How many texts that wait would not be sent.")]
    in_flight: Annotated[int, Meta(description="How many texts may still arrive.")]


class ListedForgetting(AnswerModel, frozen=True):
    """A forgetting, as `contact forgotten --details --json` prints it."""

    seq: int
    contact_id: Annotated[str | None, Meta(description="Null where the event was altered.")]
    forgotten_at: str | None
    by: str | None
    stored_again: Annotated[
        bool, Meta(description="Whether personal data was stored since, as by a later upload.")
    ]
    problem: str | None


class ForgettingPage(AnswerModel, frozen=True):
    """A page of forgettings, the newest first."""

    items: list[ListedForgetting]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class ForgettingQuery(PageQuery, frozen=True):
    """Which forgettings are listed."""


class PersonFile(AnswerModel, frozen=True):
    """All that is held about a person, as `contact file --json` prints it."""

    made_at: str
    up_to_seq: int
    contact_ids: list[str]
    phones: list[str]
    names: list[str]
    forgotten_at: str | None
    opted_out: bool
    consent: bool
    legal_holds: list[dict[str, Any]]
    texts: list[dict[str, Any]]
    enrolments: list[dict[str, Any]]
    events: Annotated[
        list[dict[str, Any]], Meta(description="Every event with the personal data in it.")
    ]


EXAMPLE_EFFECT = ForgettingEffect(
    contact_id=EXAMPLE_CONTACT_ID, refusal=None, campaigns=2, would_withdraw=1, in_flight=0
)
EXAMPLE_DONE = TextsWithdrawn(contact_id=EXAMPLE_CONTACT_ID, changed=True, withdrawn=1)
EXAMPLE_PAGE = ForgettingPage(
    items=[
        ListedForgetting(
            seq=48210,
            contact_id=EXAMPLE_CONTACT_ID,
            forgotten_at="2026-11-23T14:00:00+00:00",
            by="J. Ortiz",
            stored_again=False,
            problem=None,
        )
    ],
    next=None,
)
EXAMPLE_FILE = PersonFile(
    made_at="2026-11-23T14:00:00+00:00",
    up_to_seq=48210,
    contact_ids=[EXAMPLE_CONTACT_ID],
    phones=["+14155550101"],
    names=["Ada Lovelace"],
    forgotten_at=None,
    opted_out=False,
    consent=True,
    legal_holds=[],
    texts=[],
    enrolments=[],
    events=[],
)
