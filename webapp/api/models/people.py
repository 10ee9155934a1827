"""Whom the school texts, as several models name them: ids and numbers, sent and answered."""

from typing import Annotated

from msgspec import Meta

from webapp.api.models.base import AnswerModel, RequestModel

ContactId = Annotated[str, Meta(examples=["con_fg3iipp2v5c4rtya2gq3x5jw"], max_length=100)]
SentNumber = Annotated[
    Annotated[str, Meta(max_length=100)] | None,
    Meta(
        description="The number, as people write it; best in E.164.",
        examples=["+14155550101"],
    ),
]
"""A number in the body of a request."""


class ShownPerson(AnswerModel, frozen=True):
    """Somebody whom the school texts."""

    contact_id: ContactId
    phone: Annotated[
        str | None, Meta(description="E.164; null once the contact was forgotten, as the name is.")
    ]
    name: str | None


class ContactChanged(AnswerModel, frozen=True):
    """What an act on somebody did."""

    contact_id: ContactId
    changed: Annotated[
        bool, Meta(description="False where it was so before; nothing is recorded then.")
    ]


class TextsWithdrawn(ContactChanged, frozen=True, kw_only=True):
    """What an act did after which somebody gets no texts."""

    withdrawn: Annotated[int, Meta(description="How many texts that waited are not sent now.")]


class PersonChoice(RequestModel, frozen=True):
    """Whose number is meant: one of `contact_id` and `phone`."""

    contact_id: ContactId | None = None
    phone: SentNumber = None


EXAMPLE_CONTACT_ID = "con_fg3iipp2v5c4rtya2gq3x5jw"
EXAMPLE_CHOICE = PersonChoice(contact_id=EXAMPLE_CONTACT_ID)
EXAMPLE_FIELDS = {
    "contact_id": EXAMPLE_CONTACT_ID,
    "phone": "+14155550101",
    "name": "Ada Lovelace",
}
"""Of somebody in an example."""
