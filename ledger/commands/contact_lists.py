"""Commands on contact lists: upload a version, rename and delete.

The rows of an upload are recorded in short commits, then its version. Until that last commit the
list is as it was, so an upload that was cut off changes nothing.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from ledger.commands.list_names import FreeName, check_still_free
from ledger.commands.offices import check_office
from ledger.commands.repository import contact_list_of
from ledger.domain.contact_list import ContactList, UploadedRows
from ledger.domain.events import ContactListed, ListColumns, ListedRows
from ledger.domain.offices import STREAM as OFFICES
from ledger.identity import Identity
from ledger.lazy_property import lazy_property
from ledger.ledger import Ledger
from ledger.messages.contact_file import ParsedContacts
from ledger.messages.contact_rows import ContactFileRow, in_batches
from ledger.unit_of_work import Command, UnitOfWork

_PART = 150
"""Rows in one commit, so that callbacks never wait long for an upload."""


@dataclass(frozen=True, kw_only=True)
class ListUpload:
    """A contact file that becomes a version of a list."""

    list_id: str
    upload: str
    """The name of the upload: the same one is recorded once."""
    parsed: ParsedContacts
    file_name: str = ""
    new_name: FreeName | None = None
    """The name of the list that it makes; None where it replaces the version of a list there is."""
    office_id: str | None = None
    """The office of the list that it makes; None: everybody sees it."""

    @property
    def columns(self) -> ListColumns:
        """The columns as the version stores them."""
        return ListColumns(
            headings=self.parsed.columns.headings,
            phone_column=self.parsed.report.phone_index,
            file_name=self.file_name,
        )


def record_upload(
    ledger: Ledger, upload: ListUpload, by: str, progress: Callable[[int], None] | None = None
) -> None:
    """Record the rows, then the version; `progress` gets the number of contacts so far.

    Raises `BadInput`, `NotFound` for a list there is not, and `Refused` for a closed office.
    """
    if upload.new_name is None:
        contact_list_of(ledger.reader, upload.list_id)
    contacts = parts = row_count = 0
    for rows in in_batches(upload.parsed.rows, _PART):
        parts += 1
        part = RecordListRows(ledger.identity, upload.list_id, upload.upload, parts, rows, by)
        ledger.execute(part).result()
        contacts += len(rows)
        row_count += sum(len(row.file_rows) for row in rows)
        if progress:
            progress(contacts)
    recorded = UploadedRows(
        upload=upload.upload,
        parts=parts,
        contacts=contacts,
        rows=row_count,
        left_out=len(upload.parsed.bad),
    )
    ledger.execute(RecordListVersion(upload, recorded, by)).result()


@dataclass(frozen=True)
class RecordListRows(Command[None]):
    """Record one part of the rows of an upload, unless an earlier run did."""

    identity: Identity
    list_id: str
    upload: str
    part: int
    rows: Sequence[ContactFileRow]
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self._part_id]

    @lazy_property
    def prepared_events(self) -> Sequence[ContactListed]:
        """One event for each contact; none depends on what is in the ledger."""
        return [
            ContactListed(
                originator_id=self._part_id,
                originator_version=version,
                actor=self.by,
                list_id=self.list_id,
                contact_id=self.identity.contact_id(row.phone),
                private=ListedRows(rows=row.file_rows),
            )
            for version, row in enumerate(self.rows, 1)
        ]

    def decide(self, work: UnitOfWork) -> None:
        if not work.has_events(self._part_id):
            work.append(*self.prepared_events)

    @property
    def _part_id(self) -> str:
        return self.identity.list_part_id(self.list_id, self.upload, self.part)


@dataclass(frozen=True)
class RecordListVersion(Command[None]):
    """Record an upload as the next version of its list, and make the list; but only once."""

    upload: ListUpload
    rows: UploadedRows
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.upload.list_id, OFFICES]

    def decide(self, work: UnitOfWork) -> None:
        upload = self.upload
        contact_list = work.load(ContactList, upload.list_id)
        if contact_list.has_upload(upload.upload):
            return
        if upload.new_name and not contact_list.exists:
            check_office(work, upload.office_id)
            check_still_free(work, upload.new_name, upload.list_id)
            work.append(contact_list.make(self.by, upload.new_name.name, upload.office_id))
        contact_list = contact_list_of(work, upload.list_id)
        work.append(contact_list.record_version(self.by, self.rows, upload.columns))


@dataclass(frozen=True)
class RenameContactList(Command[None]):
    """Give a list another name. Raises `BadInput` and `NotFound`.

    With a `request` it is done once.
    """

    list_id: str
    name: FreeName
    by: str
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.list_id]

    def decide(self, work: UnitOfWork) -> None:
        if self.request in work.load(ContactList, self.list_id).requests:
            return
        contact_list = contact_list_of(work, self.list_id)
        check_still_free(work, self.name, self.list_id)
        work.append(contact_list.rename(self.by, self.name.name, self.request))


@dataclass(frozen=True)
class DeleteContactList(Command[None]):
    """Delete a list: its key, with which name and columns can be read, is destroyed.

    Its rows are under the keys of their contacts; no page or command reads them any more. With a
    `request` it is done once. Raises `NotFound`.
    """

    is_alone: ClassVar[bool] = True

    list_id: str
    by: str
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.list_id]

    def decide(self, work: UnitOfWork) -> None:
        if self.request in work.load(ContactList, self.list_id).requests:
            return
        contact_list = contact_list_of(work, self.list_id)
        work.append(contact_list.delete(self.by, request=self.request))
        work.destroy_key(self.list_id)


def part_ids(identity: Identity, list_id: str, upload: str, parts: int) -> Iterable[str]:
    """Return the streams with the rows of a version, in the order of the file."""
    return (identity.list_part_id(list_id, upload, part) for part in range(1, parts + 1))
