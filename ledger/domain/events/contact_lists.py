"""The events of contact lists: files of contacts that staff keep for several campaigns.

The events of a list are few. Its rows are in streams of their own, some for each version.
"""

from dataclasses import dataclass

from ledger.domain.events.base import Event
from ledger.domain.events.deliveries import FileRow


@dataclass(frozen=True, kw_only=True)
class ListName:
    """What staff call a list."""

    name: str


@dataclass(frozen=True, kw_only=True)
class ListColumns:
    """The columns of one version of a list."""

    headings: tuple[str, ...]
    """In their order; one that the file leaves blank is blank."""
    phone_column: int
    """The index of the column that is texted."""
    file_name: str = ""
    """The name of the uploaded file; blank where it came without one."""


@dataclass(frozen=True, kw_only=True)
class ListedRows:
    """All rows of a file that have one number."""

    rows: tuple[FileRow, ...]


@dataclass(frozen=True, kw_only=True)
class ContactListEvent(Event):
    """An event of a list's own stream; its sealed parts are sealed under the key of the list."""

    @property
    def list_id(self) -> str:
        """The list whose stream this is."""
        return self.originator_id


@dataclass(frozen=True, kw_only=True)
class ContactListMade(ContactListEvent):
    """Staff made a list; its first version follows in the same commit."""

    private: ListName | None
    office_id: str | None = None
    """Whose people change it. Without an office everybody sees it."""


@dataclass(frozen=True, kw_only=True)
class ContactListVersionRecorded(ContactListEvent):
    """A file was uploaded as the next version; all its rows were recorded before."""

    number: int
    """Of the version, from 1."""
    upload: str
    """The name of the upload, from which the streams of the rows are derived."""
    parts: int
    """How many streams have the rows."""
    contacts: int
    rows: int
    left_out: int
    """Rows that were not kept, as they cannot be texted."""
    private: ListColumns | None


@dataclass(frozen=True, kw_only=True)
class ContactListRenamed(ContactListEvent):
    """Staff gave the list another name."""

    private: ListName | None
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class ContactListDeleted(ContactListEvent):
    """The list was deleted, and its key destroyed; `rule` where the retention rule did that."""

    rule: int | None = None
    request: str | None = None
    """As in `ContactListRenamed`."""


@dataclass(frozen=True, kw_only=True)
class ContactListed(Event):
    """A contact is in an upload of a list.

    The rows are sealed under the key of the contact, so that a forgetting destroys them too.
    """

    list_id: str
    contact_id: str
    private: ListedRows | None

    @property
    def subject_id(self) -> str:
        """The contact, under whose key the rows are sealed."""
        return self.contact_id
