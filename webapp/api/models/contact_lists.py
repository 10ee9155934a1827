"""Contact lists: files of contacts that are kept for several campaigns."""

from typing import Annotated, ClassVar

from msgspec import Meta

from webapp.api.models.base import AnswerModel, RequestModel
from webapp.api.models.launches import SkippedContact

ListId = Annotated[str, Meta(description="The contact list.", max_length=100)]
_Name = Annotated[str, Meta(description="What staff call it.", min_length=1, max_length=200)]
_PhoneColumn = Annotated[
    Annotated[str, Meta(max_length=200)] | None,
    Meta(description="The heading of the column with the numbers, where it is not clear."),
]


class ListFile(RequestModel, frozen=True):
    """The body is a contact file: CSV (`text/csv`) or a workbook."""

    TAKES_FILES: ClassVar[bool] = True

    @classmethod
    def of_file(cls) -> "ListFile":
        """Return the body that is a file: nothing can be sent beside one."""
        return cls()


class NewListQuery(RequestModel, frozen=True):
    """The list that a file makes."""

    name: _Name
    office: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description="The name or id of its office. Without one, everybody sees it."),
    ] = None
    phone_column: _PhoneColumn = None


class ReplaceListQuery(RequestModel, frozen=True):
    """The list whose next version a file is."""

    list_id: ListId
    phone_column: _PhoneColumn = None


class ListNameChange(RequestModel, frozen=True):
    """Another name for a list."""

    name: _Name


class ListVersion(AnswerModel, frozen=True):
    """One version of a list."""

    number: int
    contacts: Annotated[int, Meta(description="At the upload; some may be forgotten since.")]
    rows: int
    left_out: Annotated[int, Meta(description="Rows without a usable number.")]
    uploaded_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    uploaded_by: Annotated[str, Meta(description="The id of who uploaded it.")]


class ContactList(AnswerModel, frozen=True):
    """A contact list with its versions, the newest first."""

    id: Annotated[str, Meta(examples=["lst_0123456789abcdef01234567"])]
    name: str
    office_id: Annotated[str | None, Meta(description="Null: everybody sees it.")]
    versions: list[ListVersion]


class ContactLists(AnswerModel, frozen=True):
    """All lists, by name."""

    items: list[ContactList]


class UploadedList(AnswerModel, frozen=True):
    """What an upload kept, and the rows that it did not keep as rows of their own."""

    id: str
    contacts: int
    skipped: list[SkippedContact]


class ListDeleted(AnswerModel, frozen=True):
    """A list that was deleted."""

    id: str


class CampaignList(AnswerModel, frozen=True):
    """The version of a contact list to which a campaign went."""

    id: str
    version: int


EXAMPLE = ContactList(
    id="lst_0123456789abcdef01234567",
    name="Families 2026",
    office_id=None,
    versions=[
        ListVersion(
            number=1,
            contacts=1200,
            rows=1410,
            left_out=3,
            uploaded_at="2026-11-23T14:00:00+00:00",
            uploaded_by="usr_3kz4mnb6",
        )
    ],
)
EXAMPLE_LISTS = ContactLists(items=[EXAMPLE])
EXAMPLE_UPLOADED = UploadedList(id=EXAMPLE.id, contacts=1200, skipped=[])
EXAMPLE_NAME = ListNameChange(name="Families 2027")
EXAMPLE_DELETED = ListDeleted(id=EXAMPLE.id)
EXAMPLE_FILE = ListFile()
