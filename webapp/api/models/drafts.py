"""Drafts: campaigns that are being written, whose contacts come with the launch."""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta

from webapp.api.models.base import AnswerModel, RequestModel
from webapp.api.models.follow_ups import FollowUp
from webapp.api.models.launches import (
    EXAMPLE_CONTACT,
    Again,
    CampaignName,
    CampaignSettings,
    Contacts,
    LookUp,
    Message,
    SkipInvalid,
    WordingsOfOrder,
)


class DraftContent(CampaignSettings, frozen=True, kw_only=True):
    """A draft as it is saved; the message may still be blank."""

    name: CampaignName
    message: Message = ""
    wordings: WordingsOfOrder = None
    list_id: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description="The contact list to whose newest version it goes."),
    ] = None


class DraftClone(RequestModel, frozen=True):
    """Which campaign a draft is made from."""

    campaign_id: Annotated[str, Meta(max_length=100)]


class DraftState(StrEnum):
    """Whether a draft can still be changed and launched."""

    OPEN = "open"
    LAUNCHED = "launched"
    DISCARDED = "discarded"


class DraftWordings(AnswerModel, frozen=True):
    """The further wordings of a draft."""

    column: Annotated[str, Meta(description="The field that says who gets which.")]
    messages: Annotated[dict[str, str], Meta(description="Value of the field, and its text.")]


class Draft(AnswerModel, frozen=True):
    """A draft."""

    id: Annotated[str, Meta(examples=["dra_0123456789abcdef01234567"])]
    state: DraftState
    launched_as: Annotated[str | None, Meta(description="The campaign, where it was launched.")]
    name: str
    message: str
    wordings: Annotated[
        DraftWordings | None, Meta(description="Further wordings; null where there is one only.")
    ]
    starts_at: Annotated[str | None, Meta(description="ISO 8601, UTC.")]
    send_before: Annotated[str | None, Meta(description="ISO 8601, UTC.")]
    window: Annotated[str, Meta(description="Hours of a contact's day; `none` for all of it.")]
    urgent: bool
    resend_after_seconds: int
    attempt_limit: int | None
    office_id: Annotated[str | None, Meta(description="Null: of the whole district.")]
    follow_up: Annotated[
        FollowUp | None,
        Meta(description="Whose contacts it goes to; null: they come with the launch."),
    ]
    list_id: Annotated[str | None, Meta(description="The contact list that it goes to.")]


class ListedDraft(AnswerModel, frozen=True):
    """A draft in the list."""

    id: str
    name: str
    saved_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    saved_by: Annotated[str, Meta(description="The id of who saved it last.")]


class DraftList(AnswerModel, frozen=True):
    """All open drafts, the one that was saved last first."""

    items: list[ListedDraft]


class DraftContacts(RequestModel, frozen=True):
    """The contacts of a draft; or a contact file is the body, or the part `file` of a form.

    A follow-up, and a draft to a contact list, need none.
    """

    TAKES_FILES: ClassVar[bool] = True

    contacts: Contacts | None = None

    @classmethod
    def of_file(cls) -> "DraftContacts":
        """Return what stands for the body where that is a file."""
        return cls(contacts=[])


_DraftId = Annotated[str, Meta(description="The draft.", max_length=100)]
_PhoneColumn = Annotated[
    Annotated[str, Meta(max_length=200)] | None,
    Meta(
        description="Of a file: the heading of the column with the numbers. Without it, the "
        "column is found by its heading.",
        examples=["Mobile"],
    ),
]


class DraftCheckQuery(RequestModel, frozen=True):
    """Which draft is checked, and how its contacts are read."""

    draft_id: _DraftId
    phone_column: _PhoneColumn = None
    look_up: LookUp = False


class DraftLaunchQuery(RequestModel, frozen=True):
    """Which draft is launched, and how its contacts are read."""

    draft_id: _DraftId
    phone_column: _PhoneColumn = None
    look_up: LookUp = False
    skip_invalid: SkipInvalid = False
    again: Again = False


class LaunchState(StrEnum):
    """How far a launch has come."""

    NOT_BEGUN = "not_begun"
    ENROLLING = "enrolling"
    LAUNCHED = "launched"
    GIVEN_UP = "given_up"


class LaunchProgress(AnswerModel, frozen=True):
    """How far a launch has come. Nobody is texted before it is launched."""

    state: LaunchState
    campaign_id: str | None
    enrolled: Annotated[int, Meta(description="How many contacts are enrolled so far.")]


EXAMPLE_CONTENT = DraftContent(
    name="Fall aid",
    message="Hi {{first_name}}, your aid form is due Friday. Reply STOP to end.",
)
EXAMPLE = Draft(
    id="dra_0123456789abcdef01234567",
    state=DraftState.OPEN,
    launched_as=None,
    name=EXAMPLE_CONTENT.name,
    message=EXAMPLE_CONTENT.message,
    wordings=None,
    starts_at=None,
    send_before=None,
    window="08:00-21:00",
    urgent=False,
    resend_after_seconds=300,
    attempt_limit=None,
    office_id=None,
    follow_up=None,
    list_id=None,
)
EXAMPLE_LIST = DraftList(
    items=[
        ListedDraft(
            id=EXAMPLE.id,
            name=EXAMPLE.name,
            saved_at="2026-11-23T14:00:00+00:00",
            saved_by="usr_3kz4mnb6",
        )
    ]
)
EXAMPLE_CONTACTS = DraftContacts(contacts=[EXAMPLE_CONTACT])
EXAMPLE_PROGRESS = LaunchProgress(
    state=LaunchState.ENROLLING, campaign_id="cam_2gq3x5jw7kz4mnb6v5c4rtya", enrolled=1500
)
EXAMPLE_CLONE = DraftClone(campaign_id="cam_2gq3x5jw7kz4mnb6v5c4rtya")
