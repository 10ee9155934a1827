"""What the commands share: opening the application, common options, JSON, tables, progress."""

import getpass
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from ledger.commands.access import Export
from ledger.domain.offices import EVERYTHING, Scope
from ledger.errors import BadInput, NotFound, Refused, StoreUnavailable
from ledger.messages.outside_text import encodable
from webapp.as_of import is_present, past_of
from webapp.bootstrap import Application, build
from webapp.cli.ledger_option import chosen_settings
from webapp.offices.choosing import chosen_office
from webapp.offices.ids import ID
from webapp.permissions import Permission, refusal
from webapp.settings import Settings

if TYPE_CHECKING:  # not every command asks the views
    from projections.campaigns.campaign_queries import CampaignQueries

_SCRUB_SECONDS = 5.0
APPLICATION = "delivery-ledger.application"
"""The application that a command opened is under this name in the context of the command."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
as_of_option = click.option(
    "--as-of",
    "as_of",
    metavar="MOMENT",
    help="As it was then: an event's number, or a time: 2026-11-21T10:31, 2h ago, yesterday 17:00.",
)
by_option = click.option(
    "--by", "by", metavar="USER", help="Who acts; default: the login name of the shell."
)
reason_option = click.option(
    "--reason",
    metavar="WORDS",
    help="Why. Everybody who may see the campaign reads it: no names, no numbers.",
)
"""Of an act on a campaign; it is not sealed."""
shown_reason_option = click.option(
    "--reason", metavar="WORDS", help="Why. Everybody reads it: no names, no numbers."
)
"""Of an act that concerns all campaigns; it is not sealed."""
sealed_reason_option = click.option(
    "--reason", metavar="WORDS", help="Why. It is encrypted like the person's name."
)
"""Of an act on a person."""


def open_application(*, must_exist: bool = False) -> Application:
    """Open the application that the environment's settings describe.

    With `must_exist` it raises `NotFound`, and makes nothing, where there is no ledger yet.
    """
    return open_with(chosen_settings(must_exist=must_exist))


def open_with(settings: Settings) -> Application:
    """Open the application that these settings describe. It is closed when the command ends.

    SQLite then has all it wrote in the database's file itself, with nothing left beside it.
    """
    app = build(settings)
    context = click.get_current_context()
    context.meta[APPLICATION] = app
    context.find_root().call_on_close(app.close)
    return app


def open_caught_up() -> Application:
    """Open the application and read its views on to the head, for commands that read."""
    app = open_application()
    with progress("Reading the ledger") as report:
        app.views.catch_up(progress=report)
    return app


def status_at(app: Application, as_of: str | None) -> "CampaignQueries":
    """Return the views of campaigns and contacts, now or as of a moment."""
    seq = seq_of(app, as_of)
    return app.status if seq is None else app.status.as_of(seq)


def seq_of(app: Application, as_of: str | None) -> int | None:
    """Return the seq of a moment, or None for now; say on stderr what its words mean."""
    if is_present(as_of):
        return None
    moment = past_of(app.ledger.reader, as_of or "", app.clock.now())
    if moment.meaning:
        click.echo(moment.meaning, err=True)
    return moment.seq


def actor(app: Application, by: str | None, permission: Permission) -> str:
    """Return the user id for `--by`, or for the login name; the ledger never gets the name.

    `permission` is what the act needs, as `webapp.acts` says for its page too. The command line
    acts as an admin. `--by` with the name of an account takes its role: raises `Refused` where that
    may not do this, or where the account is disabled or was removed.
    """
    if by is None:
        return app.accounts.id_of(login_name())
    account = app.accounts.with_name(by)
    if account is None or account.access is None:
        if app.accounts.is_former(by):
            raise Refused(f"{by} is the name of a former colleague. Say who acts now.")
        return app.accounts.id_of(by)
    if account.is_disabled:
        raise Refused(f"{account.name} is disabled and may do nothing. Say who acts now.")
    if not account.access.may(permission):
        raise Refused(refusal(account.access.role, permission, whose=f"The role of {account.name}"))
    _check_ids(app, account.access.scope)
    return account.user_id


def _check_ids(app: Application, scope: Scope) -> None:
    """Raise `NotFound` where an argument of the command names something of another office."""
    if scope.is_everything:
        return
    app.views.catch_up()
    scoped = app.within(scope)
    context = click.get_current_context()
    given = [str(value) for value in context.params.values() if value is not None]
    for each in sorted({found for text in given for found in ID.findall(text)}):
        if not scoped.sees(each):
            raise NotFound(f"There is no {each} here.")


def office_for(app: Application, by: str | None, words: str | None) -> str | None:
    """Return the office of a campaign, for who acts; raises as `chosen_office` does."""
    return chosen_office(app.offices, scope_of(app, by), words)


def scope_of(app: Application, by: str | None) -> Scope:
    """Return what the person sees; the shell, and a name without an account, sees all offices."""
    account = app.accounts.with_name(by) if by is not None else None
    return account.access.scope if account and account.access else EVERYTHING


def may(app: Application, by: str | None, permission: Permission) -> bool:
    """Whether the person may do this; the shell, and a name without an account, as an admin."""
    account = app.accounts.with_name(by) if by is not None else None
    return account is None or account.access is None or account.access.may(permission)


def login_name() -> str:
    """Return the login name of the shell; a user without a name is named by number."""
    with suppress(KeyError, OSError):
        return encodable(getpass.getuser())
    return f"user {os.getuid()}"


def record_export(app: Application, export: Export, by: str | None = None) -> None:
    """Record who takes data out, the user of the shell or `by`; a note says where that fails.

    Whether `by` may take it was asked before.
    """
    try:
        app.access_recorder.export(app.accounts.id_of(by or login_name()), export)
    except StoreUnavailable as error:
        click.echo(f"Note: this export is not in the record of access. {error}", err=True)
    app.access_recorder.wait()


def print_json(document: Any) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print columns under their headings, two spaces apart."""
    lines = [[str(cell) if cell is not None else "-" for cell in row] for row in (headings, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def scrub(app: Application) -> bool:
    """Remove destroyed data from SQLite's write-ahead logs; return whether that was done.

    Where a reader prevents it for now, say so. Workbooks that may hold such data are removed too.
    """
    try:
        app.workbooks.tidy()
    except StoreUnavailable as error:
        click.echo(f"Note: workbooks that were made on pages may remain. {error}", err=True)
    deadline = time.monotonic() + _SCRUB_SECONDS
    while not app.scrubber.scrub():
        if time.monotonic() > deadline:
            click.echo(
                "Note: another process is still reading a write-ahead log that holds old pages. "
                "They are removed after that, while the program runs, or at its next start.",
                err=True,
            )
            return False
        time.sleep(0.1)
    return True


@contextmanager
def copy_of(file: Path) -> Iterator[IO[bytes]]:
    """Yield a copy of the file, because a pipe can be read only once. Raises `BadInput`."""
    with tempfile.TemporaryFile() as copy:
        try:
            with file.open("rb") as source:
                shutil.copyfileobj(source, copy)
        except OSError as error:
            raise BadInput(f"{file} cannot be read: {error.strerror}.") from error
        yield copy


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr, if that is a terminal; yield a function of (done, total)."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def report(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield report
