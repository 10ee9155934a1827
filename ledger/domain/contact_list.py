"""A contact list: a file of contacts that staff keep, and upload again as its next version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import (
    ContactListDeleted,
    ContactListMade,
    ContactListRenamed,
    ContactListVersionRecorded,
    Event,
    ListColumns,
    ListName,
)
from ledger.domain.names import checked_name
from ledger.errors import NotFound, Refused


@dataclass(frozen=True, kw_only=True)
class UploadedRows:
    """How many rows an upload has, and in how many streams they are."""

    upload: str
    parts: int
    contacts: int
    rows: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class ContactList(Aggregate):
    """The list at one version of its stream. Its name is sealed, so commands do not know it."""

    name: str = ""
    office_id: str | None = None
    versions: tuple[ContactListVersionRecorded, ...] = ()
    """In their order; the newest is the last."""
    is_deleted: bool = False
    requests: frozenset[str] = frozenset()
    """The requests that renamed or deleted it."""

    @property
    def list_id(self) -> str:
        """The list whose stream this is."""
        return self.stream_id

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case ContactListMade():
                return {"name": _name_in(event.private), "office_id": event.office_id}
            case ContactListVersionRecorded():
                return {"versions": (*self.versions, event)}
            case ContactListRenamed(request=request):
                requests = with_request(self.requests, request)
                return {"name": _name_in(event.private), "requests": requests}
            case ContactListDeleted(request=request):
                requests = with_request(self.requests, request)
                return {"is_deleted": True, "requests": requests}
            case _:
                raise self.not_found("a contact list")

    @property
    def newest(self) -> ContactListVersionRecorded:
        """The version that was uploaded last."""
        return self.versions[-1]

    def version_numbered(self, number: int) -> ContactListVersionRecorded:
        """Return the version with that number; raises `NotFound`."""
        for each in self.versions:
            if each.number == number:
                return each
        raise NotFound(f"The list {self.list_id} has no version {number}.")

    def has_upload(self, upload: str) -> bool:
        """Whether the upload became a version."""
        return any(each.upload == upload for each in self.versions)

    def make(self, actor: str, name: str, office_id: str | None) -> ContactListMade:
        """Make the list."""
        private = ListName(name=checked_name(name, "list"))
        return ContactListMade(**self.header(actor), private=private, office_id=office_id)

    def record_version(
        self, actor: str, rows: UploadedRows, columns: ListColumns
    ) -> ContactListVersionRecorded:
        """Record the next version, whose rows are recorded. Raises `Refused`."""
        self.check_kept()
        return ContactListVersionRecorded(
            **self.header(actor),
            number=len(self.versions) + 1,
            upload=rows.upload,
            parts=rows.parts,
            contacts=rows.contacts,
            rows=rows.rows,
            left_out=rows.left_out,
            private=columns,
        )

    def rename(self, actor: str, name: str, request: str | None = None) -> ContactListRenamed:
        """Give it another name. Raises `BadInput` and `Refused`."""
        self.check_kept()
        private = ListName(name=checked_name(name, "list"))
        return ContactListRenamed(**self.header(actor), private=private, request=request)

    def delete(
        self, actor: str, rule: int | None = None, request: str | None = None
    ) -> ContactListDeleted:
        """Delete it; `rule` is the retention rule that does so. Raises `Refused`."""
        self.check_kept()
        return ContactListDeleted(**self.header(actor), rule=rule, request=request)

    def check_kept(self) -> None:
        """Raise `Refused` for a list that was deleted."""
        if self.is_deleted:
            raise Refused("This contact list was deleted. Make a new one from the file.")


def _name_in(private: ListName | None) -> str:
    return private.name if private else ""
