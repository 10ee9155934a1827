"""The phone list of a campaign."""

from typing import Annotated

from msgspec import Meta

from ledger.domain.vocabulary import Reason
from webapp.api.models.base import AnswerModel


class UnreachedContact(AnswerModel, frozen=True):
    """A contact to call, as `campaign phone-list --json` prints it."""

    delivery_id: str
    contact_id: str
    name: str | None
    phone: str
    reason: Annotated[
        Reason | None, Meta(description="Why the text failed; null where it was never confirmed.")
    ]
    why: Annotated[str, Meta(description="The same in words.")]
    columns: Annotated[
        dict[str, str],
        Meta(description="Heading of the uploaded file → cell; those of several rows together."),
    ]


class PhoneList(AnswerModel, frozen=True):
    """Whom the texts of a campaign did not reach, by name."""

    campaign_id: str
    seq: Annotated[int, Meta(description="The moment of the list: the event right after which.")]
    headings: Annotated[list[str], Meta(description="The columns of the file, in their order.")]
    items: list[UnreachedContact]


EXAMPLE = PhoneList(
    campaign_id="cam_2gq3x5jw7kz4mnb6v5c4rtya",
    seq=48210,
    headings=["Student ID", "Guardian phone"],
    items=[
        UnreachedContact(
            delivery_id="del_7d4kq2m5xj3wz6bnv4c2rtya",
            contact_id="con_5bnv4c2rtya7d4kq2m5xj3wz",
            name="Ada Lovelace",
            phone="+14155550101",
            reason=Reason.UNREACHABLE_NUMBER,
            why="Unreachable number",
            columns={"Student ID": "20114, 20115", "Guardian phone": "(415) 555-0101"},
        )
    ],
)
