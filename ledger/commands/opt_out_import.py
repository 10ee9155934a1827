"""Importing opt-outs from a file, in short commits; a repeat records nothing twice (R16)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ledger.commands.consequences import record_opt_out
from ledger.domain.contact import Contact
from ledger.domain.events import ContactOptedOut
from ledger.identity import Identity
from ledger.ledger import Ledger
from ledger.messages.contact_rows import in_batches
from ledger.messages.opt_out_file import OptOutRow
from ledger.reader import LedgerReader
from ledger.unit_of_work import Command, UnitOfWork

_PART = 25
"""Rows in one commit, so that callbacks never wait long for an import."""
_READ_TOGETHER = 500


@dataclass(frozen=True)
class ImportedOptOuts:
    """What an import did, in numbers."""

    recorded: int
    already: int
    """Rows that change nothing: the number is opted out already."""
    withdrawn: int
    """Deliveries that waited for an attempt."""

    def __add__(self, other: "ImportedOptOuts") -> "ImportedOptOuts":
        return ImportedOptOuts(
            self.recorded + other.recorded,
            self.already + other.already,
            self.withdrawn + other.withdrawn,
        )


def import_opt_outs(
    ledger: Ledger,
    rows: Sequence[OptOutRow],
    by: str,
    *,
    request: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportedOptOuts:
    """Record the opt-outs in parts, each part in one commit; `progress` gets done and total.

    With a `request` each row is recorded once: a repeat opts out nobody who opted in since.

    The last row comes first: an export lists the newest first, and the order decides which of
    several opt-outs of a number changed anything.
    """
    imported, done = ImportedOptOuts(0, 0, 0), 0
    for part in in_batches(reversed(rows), _PART):
        command = ImportOptOuts(ledger.identity, part, by, request)
        imported += ledger.execute(command).result()
        done += len(part)
        if progress:
            progress(done, len(rows))
    return imported


@dataclass(frozen=True)
class ImportOptOuts(Command[ImportedOptOuts]):
    """Record some opt-outs of a file, and withdraw what waits."""

    identity: Identity
    rows: Sequence[OptOutRow]
    by: str
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.identity.contact_id(row.phone) for row in self.rows]

    def _request_of(self, row: OptOutRow) -> str | None:
        """Return the id of one row's part of the request: a number may have several rows."""
        if self.request is None:
            return None
        return self.identity.request_id("import opt-out", f"{self.request} {row.line}")

    def decide(self, work: UnitOfWork) -> ImportedOptOuts:
        recorded = withdrawn = 0
        for row, contact_id in zip(self.rows, self.streams, strict=True):
            contact = work.load(Contact, contact_id)
            request = self._request_of(row)
            if contact.is_new_opt_out(row.source) and request not in contact.requests:
                withdrawn += record_opt_out(work, _opt_out(contact, row, self.by, request))
                recorded += 1
        return ImportedOptOuts(recorded, len(self.rows) - recorded, withdrawn)


def count_new_opt_outs(
    reader: LedgerReader, identity: Identity, rows: Sequence[OptOutRow], by: str
) -> int:
    """Return how many of the rows an import would record now."""
    count, contacts = 0, dict[str, Contact]()
    for part in in_batches(reversed(rows), _READ_TOGETHER):
        ids = [identity.contact_id(row.phone) for row in part]
        contacts = reader.load_all(Contact, set(ids) - set(contacts)) | contacts
        for row, contact_id in zip(part, ids, strict=True):
            contact = contacts[contact_id]
            if contact.is_new_opt_out(row.source):
                contacts[contact_id] = contact.with_events([_opt_out(contact, row, by)])
                count += 1
    return count


def _opt_out(
    contact: Contact, row: OptOutRow, by: str, request: str | None = None
) -> ContactOptedOut:
    return contact.opt_out(
        by,
        row.source,
        row.phone,
        means=row.means,
        received_at=row.received_at,
        is_imported=True,
        request=request,
    )
