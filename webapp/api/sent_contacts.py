"""Contacts that a client sends, in JSON or as a contact file; the rules of files read both."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from ledger.errors import BadInput
from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.contact_header import PhoneColumnUnclear
from ledger.messages.listed_contacts import ListedContact, read_listed_contacts
from ledger.messages.message_variants import MessageTemplate
from ledger.messages.skipped_rows import BadRows, SkippedRow
from webapp.api.models.launches import NewContact, SkippedContact
from webapp.api.models.problem import FieldProblem
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, invalid
from webapp.api.reading import pointer_to
from webapp.check_documents import skipped_document
from webapp.current import application
from webapp.explain.numbers import counted

_MOST_ERRORS = 100
"""Wrong contacts that one answer lists."""


@dataclass(frozen=True)
class SentContacts:
    """The contacts of one request."""

    sent: Sequence[NewContact] | bytes
    """The bytes are those of a contact file."""
    phone_column: str | None = None
    """The heading of the column to text; of a file only."""

    def read(self, template: MessageTemplate, *, skip_invalid: bool) -> ParsedContacts:
        """Return the contacts that can be texted, and the others. Raises `ProblemFound`."""
        try:
            return self._read(template, skip_invalid=skip_invalid)
        except BadRows as error:
            wrong = [self._wrong(row) for row in error.rows[:_MOST_ERRORS]]
            what = "the file" if isinstance(self.sent, bytes) else "`contacts`"
            words = (
                f"{counted(len(error.rows), 'contact')} cannot be texted. Correct {what}, or set "
                "`skip_invalid` to true."
            )
            raise ProblemFound(Kind.INVALID, words, wrong) from error
        except PhoneColumnUnclear as error:
            raise invalid(str(error), parameter="phone_column") from error
        except BadInput as error:
            pointer = None if isinstance(self.sent, bytes) else "/contacts"
            raise invalid(str(error), pointer=pointer) from error

    def pointer(self, line: int) -> str | None:
        """Return the JSON Pointer to the contact of a line; None for that of a file."""
        return None if isinstance(self.sent, bytes) else pointer_to("contacts", line)

    def line(self, line: int) -> int | None:
        """Return the line of a contact in its file; None for one in JSON."""
        return line if isinstance(self.sent, bytes) else None

    def skipped(self, row: SkippedRow) -> SkippedContact:
        """Return a contact that is not texted."""
        document = skipped_document(row) | {
            "pointer": self.pointer(row.line),
            "line": self.line(row.line),
            "reason": self._reason(row),
        }
        return SkippedContact(**document)

    def _read(self, template: MessageTemplate, *, skip_invalid: bool) -> ParsedContacts:
        app = application()
        region, times = app.settings.phone_region, app.settings.written_times(app.clock.now())
        if isinstance(self.sent, bytes):
            return read_contacts(
                BytesIO(self.sent),
                region=region,
                template=template,
                skip_invalid=skip_invalid,
                phone_column=self.phone_column,
                times=times,
            )
        return read_listed_contacts(
            [_listed(contact) for contact in self.sent],
            region=region,
            template=template,
            skip_invalid=skip_invalid,
            times=times,
        )

    def _wrong(self, row: SkippedRow) -> FieldProblem:
        reason = f"{self._reason(row)}."
        if isinstance(self.sent, bytes):
            return FieldProblem(detail=f"Line {row.line}: {reason}")
        return FieldProblem(detail=reason, pointer=self.pointer(row.line))

    def _reason(self, row: SkippedRow) -> str:
        """Return why a contact is not texted; what is a line of a file may be a part of JSON."""
        if isinstance(self.sent, bytes):
            return row.reason
        return re.sub(r"\bline (\d+)", r"/contacts/\1", row.reason)


def _listed(contact: NewContact) -> ListedContact:
    return ListedContact(
        phone=contact.phone,
        name=contact.name,
        zone=contact.time_zone,
        consent_source=contact.consent_source,
        consent_given_at=contact.consent_given_at,
        fields=contact.fields,
    )
