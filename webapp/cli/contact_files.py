"""The contact file of a launch or a check: the options that name it, and its reading."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import IO, Any

import click

from ledger.clock import SystemClock
from ledger.errors import BadInput
from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.contact_header import PhoneColumnUnclear
from ledger.messages.message_variants import MessageTemplate
from webapp.cli.common import copy_of
from webapp.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ContactFileChoice:
    """The file that the options name, and the column of it that is texted."""

    path: Path | None
    """None for the contacts of a follow-up, which need no file."""
    phone_column: str | None
    """The heading; None where it is chosen by its heading."""
    list_name: str | None = None
    """The name or the id of a contact list, in place of a file."""


def contact_file_options(
    command: Callable[..., None], *, is_required: bool = True
) -> Callable[..., None]:
    """Add the options of a contact file; the command gets them as `contact_file`."""

    @click.option(
        "--contacts",
        "path",
        required=is_required,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A CSV file, or a workbook (XLSX, XLS, ODS), with a header.",
    )
    @click.option(
        "--phone-column",
        metavar="HEADING",
        help="The column to text, where its heading is not clear.",
    )
    @wraps(command)
    def run(*, path: Path | None, phone_column: str | None, **options: Any) -> None:
        contact_file = ContactFileChoice(path=path, phone_column=phone_column)
        command(contact_file=contact_file, **options)

    return run


def list_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--list` to a command with the options of a contact file, which need no file then."""

    @click.option("--list", "list_name", metavar="LIST", help="A contact list in place of a file.")
    @wraps(command)
    def run(*, contact_file: ContactFileChoice, list_name: str | None, **options: Any) -> None:
        if list_name and contact_file.path:
            raise click.UsageError("Name a file with --contacts or a list with --list, not both.")
        chosen = replace(contact_file, list_name=list_name)
        command(contact_file=chosen, **options)

    return run


def parse_contact_file(
    settings: Settings,
    template: MessageTemplate,
    contact_file: ContactFileChoice,
    *,
    skip_invalid: bool,
) -> ParsedContacts:
    """Return the contacts of a file; raises `BadInput` for bad rows, unless these are skipped."""
    if contact_file.path is None:
        raise click.UsageError(
            "Name the file of contacts with --contacts, or a contact list with --list. Only a "
            "follow-up needs neither."
        )
    with copy_of(contact_file.path) as copy:
        return parse_contacts(
            settings, template, copy, contact_file.phone_column, skip_invalid=skip_invalid
        )


def parse_contacts(
    settings: Settings,
    template: MessageTemplate,
    file: IO[bytes],
    phone_column: str | None,
    *,
    skip_invalid: bool,
) -> ParsedContacts:
    """Return the contacts of an open file; raises as `parse_contact_file`."""
    try:
        return read_contacts(
            file,
            region=settings.phone_region,
            template=template,
            skip_invalid=skip_invalid,
            phone_column=phone_column,
            times=settings.written_times(SystemClock().now()),
        )
    except PhoneColumnUnclear as unclear:
        raise BadInput(f"{unclear} Name the column with --phone-column.") from unclear
