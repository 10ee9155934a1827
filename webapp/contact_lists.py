"""Contact lists as pages, commands and the API use them: uploading, and reading as a contact file.

The rows are read from the events of one version, so nobody who was forgotten since is among them.
"""

import hashlib
import heapq
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from ledger.commands.contact_lists import (
    DeleteContactList,
    ListUpload,
    RenameContactList,
    part_ids,
    record_upload,
)
from ledger.commands.list_names import FreeName, name_taken
from ledger.commands.repository import contact_list_of
from ledger.domain.contact_list import ContactList
from ledger.domain.events import (
    ContactListed,
    ContactListVersionRecorded,
    FileRow,
    ListColumns,
    ListVersion,
)
from ledger.domain.names import checked_name, name_key
from ledger.errors import NotFound, Refused
from ledger.lazy_property import lazy_property
from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.contact_rows import in_batches
from ledger.messages.template import Template
from webapp.bootstrap import Application
from webapp.offices.choosing import may_change
from webapp.reports.files import csv_rows
from webapp.reports.report import named_headings
from webapp.sound_aggregates import SoundAggregates
from webapp.webhooks.readable import readable_event

_ANY_MESSAGE = Template.parse("-")
"""A message that every file fits: a list is not made for one message."""
_STREAMS_AT_ONCE = 7
"""About a thousand contacts."""
_ROWS_AT_ONCE = 1000
_IN_MEMORY_BYTES = 1024 * 1024
_OF_OTHERS = (
    "The list belongs to the whole district. Only people who see all offices may change it."
)


@dataclass(frozen=True, kw_only=True)
class ListContacts:
    """The contacts of one version of a list."""

    app: Application
    contact_list: ContactList
    version: ContactListVersionRecorded

    @classmethod
    def of(cls, app: Application, list_id: str, number: int | None = None) -> "ListContacts":
        """Return those of a version, or of the newest; raises `NotFound`."""
        contact_list = contact_list_of(SoundAggregates(app.ledger.reader), list_id)
        version = contact_list.newest if number is None else contact_list.version_numbered(number)
        return cls(app=app, contact_list=contact_list, version=version)

    @property
    def reference(self) -> ListVersion:
        """What a campaign records."""
        return ListVersion(list_id=self.contact_list.list_id, number=self.version.number)

    @property
    def file_name(self) -> str:
        """How the contacts are called where a contact file has its name."""
        return f"{self.contact_list.name}, version {self.version.number}"

    @property
    def phone_heading(self) -> str:
        """The heading of the column that is texted."""
        return self.headings[self._columns.phone_column]

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Open the rows as a contact file; a long one is on disk.

        Raises `Refused` where every contact was forgotten.
        """
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
            file.write(csv_rows([self.headings]).encode())
            has_rows = False
            for rows in in_batches(self._rows(), _ROWS_AT_ONCE):
                has_rows = True
                file.write(csv_rows([cells for _line, cells in rows]).encode())
            if not has_rows:
                raise Refused(
                    "Every contact of this list was forgotten. Upload a newer file as its next "
                    "version."
                )
            file.seek(0)
            yield file

    def _rows(self) -> Iterator[FileRow]:
        """Yield the rows in the order of the file; the later ones of a number wait in a heap."""
        waiting: list[FileRow] = []
        for rows in self._rows_of_contacts():
            for row in rows:
                heapq.heappush(waiting, row)
            while waiting and waiting[0][0] <= rows[0][0]:
                yield heapq.heappop(waiting)
        while waiting:
            yield heapq.heappop(waiting)

    def _rows_of_contacts(self) -> Iterator[Sequence[FileRow]]:
        reader, version = self.app.ledger.reader, self.version
        streams = part_ids(
            self.app.ledger.identity, self.contact_list.list_id, version.upload, version.parts
        )
        for ids in in_batches(streams, _STREAMS_AT_ONCE):
            events = reader.streams(ids)
            for recorded in (each for stream_id in ids for each in events[stream_id]):
                event = None if recorded.is_altered else readable_event(recorded)
                if isinstance(event, ContactListed) and event.private:
                    yield event.private.rows

    @lazy_property
    def _columns(self) -> ListColumns:
        if self.version.private is None:
            raise NotFound("This contact list was deleted.")
        return self.version.private

    @lazy_property
    def headings(self) -> Sequence[str]:
        """The headings as the contact file has them: each is another."""
        return named_headings(self._columns.headings)


@dataclass(frozen=True, kw_only=True)
class NewList:
    """The name and the office of a list that an upload makes."""

    name: str
    office_id: str | None = None
    """The office whose people change it; None: everybody sees it."""


@dataclass(frozen=True, kw_only=True)
class UploadedFile:
    """A file of contacts that staff upload for a list."""

    file: IO[bytes]
    """It can be read twice."""
    name: str = ""
    phone_column: str | None = None
    """The heading of the column to text; None where it is found by its heading."""
    skip_invalid: bool = True
    """Whether the rows that cannot be texted are left out; otherwise they are refused."""

    @lazy_property
    def digest(self) -> str:
        """Names the bytes of the file."""
        self.file.seek(0)
        return hashlib.file_digest(self.file, "sha256").hexdigest()  # type: ignore[arg-type]


def make_list(
    app: Application,
    new: NewList,
    uploaded: UploadedFile,
    by: str,
    *,
    list_id: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[str, ParsedContacts]:
    """Make a list of the contacts of a file; return its id, and the file as it was read.

    The same `list_id` makes it once. Raises `BadInput` about the file and about the name, such as
    one that another list has, and `NotFound` and `Refused` about the office.
    """
    list_id = list_id or app.ledger.identity.new_list_id()
    is_made = app.ledger.reader.load(ContactList, list_id).exists
    new_name = None if is_made else _free_name(app, new.name, list_id)
    parsed = _parsed(app, uploaded)
    upload = ListUpload(
        list_id=list_id,
        upload=_upload_name(app, list_id, uploaded),
        parsed=parsed,
        file_name=uploaded.name,
        new_name=new_name,
        office_id=new.office_id,
    )
    record_upload(app.ledger, upload, by, progress)
    return list_id, parsed


def replace_list(
    app: Application,
    list_id: str,
    uploaded: UploadedFile,
    by: str,
    *,
    request: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> ParsedContacts:
    """Record a file as the next version of a list; return it as it was read.

    The same `request` does so once. Raises `BadInput` about the file, `NotFound` and `Refused`.
    """
    _check_may_change(app, list_id)
    parsed = _parsed(app, uploaded)
    upload = ListUpload(
        list_id=list_id,
        upload=_upload_name(app, request or app.ledger.identity.new_request(), uploaded),
        parsed=parsed,
        file_name=uploaded.name,
    )
    record_upload(app.ledger, upload, by, progress)
    return parsed


def rename_list(
    app: Application, list_id: str, name: str, by: str, *, request: str | None = None
) -> None:
    """Give a list another name. Raises `BadInput`, `NotFound` and `Refused`.

    The same `request` does so once.
    """
    if not _is_done(app, list_id, request):
        _check_may_change(app, list_id)
        free = _free_name(app, name, list_id)
        app.ledger.execute(RenameContactList(list_id, free, by, request)).result()


def delete_list(app: Application, list_id: str, by: str, *, request: str | None = None) -> None:
    """Delete a list. Raises `NotFound` and `Refused`.

    The same `request` does so once.
    """
    if not _is_done(app, list_id, request):
        _check_may_change(app, list_id)
        app.ledger.execute(DeleteContactList(list_id, by, request)).result()


def _check_may_change(app: Application, list_id: str) -> None:
    contact_list = contact_list_of(SoundAggregates(app.ledger.reader), list_id)
    if not may_change(app.scope, contact_list.office_id):
        raise Refused(_OF_OTHERS)


def _is_done(app: Application, list_id: str, request: str | None) -> bool:
    """Whether a request renamed or deleted the list before."""
    return request in app.ledger.reader.load(ContactList, list_id).requests


def _free_name(app: Application, written: str, list_id: str) -> FreeName:
    """Return a name that no other list has; raises `BadInput`."""
    name, seq = checked_name(written, "list"), app.views.position().seq
    for row in app.contact_lists.all():
        if row.list_id != list_id and name_key(row.name) == name_key(name):
            raise name_taken(row.name)
    return FreeName(name=name, seq=seq, scope=app.scope)


def _upload_name(app: Application, request: str, uploaded: UploadedFile) -> str:
    """Return the name of the upload of this file by a request.

    Another file has another name: what an upload that was cut off left is never mixed with it.
    """
    return app.ledger.identity.request_id("upload", request, uploaded.digest)


def _parsed(app: Application, uploaded: UploadedFile) -> ParsedContacts:
    return read_contacts(
        uploaded.file,
        region=app.settings.phone_region,
        template=_ANY_MESSAGE,
        skip_invalid=uploaded.skip_invalid,
        phone_column=uploaded.phone_column,
        times=app.settings.written_times(app.clock.now()),
    )
