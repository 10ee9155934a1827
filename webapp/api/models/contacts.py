"""People whom the school texts: a search for their ids, and one of them with all campaigns."""

from typing import Annotated

from msgspec import Meta

from webapp.api.models import deliveries
from webapp.api.models.base import MOST_ITEMS, AnswerModel, MomentQuery, RequestModel
from webapp.api.models.people import EXAMPLE_FIELDS, SentNumber, ShownPerson


class ContactSearchQuery(MomentQuery, frozen=True):
    """How many people a search returns."""

    limit: Annotated[
        int, Meta(description="How many at most; there is no next page.", ge=1, le=MOST_ITEMS)
    ] = 50


class ContactSearch(RequestModel, frozen=True):
    """Who is searched for: one of `name` and `phone`."""

    name: Annotated[
        Annotated[str, Meta(max_length=200)] | None,
        Meta(
            description="Words of the name, or beginnings of them. Who has exactly this name comes "
            "alone."
        ),
    ] = None
    phone: SentNumber = None


class FoundContacts(AnswerModel, frozen=True):
    """Who was found."""

    items: list[ShownPerson]
    more: Annotated[bool, Meta(description="Whether there are more; then write more of the name.")]


class ContactDelivery(deliveries.Delivery, frozen=True, kw_only=True):
    """The person in one campaign."""

    campaign: Annotated[str, Meta(description="The name of the campaign.")]
    why: Annotated[
        str | None,
        Meta(description="Why it has its status; null where an event is altered or unreadable."),
    ]


class Contact(ShownPerson, frozen=True, kw_only=True):
    """A person, in all campaigns."""

    forgotten_at: str | None
    opted_out: bool
    same_phone: Annotated[
        list[str], Meta(description="Other ids that earlier versions gave to this phone.")
    ]
    student_ids: Annotated[list[str], Meta(description="Of the latest contact file with any.")]
    household_ids: list[str]
    relatives: Annotated[
        list[ShownPerson], Meta(description="Who shares a student or a household.")
    ]
    deliveries: Annotated[list[ContactDelivery], Meta(description="The newest campaign first.")]


EXAMPLE_SEARCH = ContactSearch(phone="+14155550101")
EXAMPLE_FOUND = FoundContacts(items=[ShownPerson(**EXAMPLE_FIELDS)], more=False)
EXAMPLE = Contact(
    **EXAMPLE_FIELDS,
    forgotten_at=None,
    opted_out=False,
    same_phone=[],
    student_ids=["S-1001"],
    household_ids=[],
    relatives=[],
    deliveries=[
        ContactDelivery(
            **deliveries.EXAMPLE_FIELDS, campaign="Fall aid", why="Attempt 1 failed at 14:00."
        )
    ],
)
