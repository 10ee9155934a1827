"""`delivery-ledger audit`: what happened, event by event."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import click

from ledger import atomic_file
from ledger.errors import BadInput
from webapp.audit.export import AuditExport, Format, Summary, Tally, export_of
from webapp.audit.names import Ambiguous, AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.rows import AuditRows, Row
from webapp.audit.words import WORDS, read_arguments
from webapp.audit.workbook_export import WorkbookOrder, write_workbook
from webapp.audit_filters import check_search
from webapp.bootstrap import Application
from webapp.cli.common import (
    as_of_option,
    json_option,
    open_caught_up,
    print_json,
    record_export,
    seq_of,
)
from webapp.documents import event_document

_EPILOG = "WORDS narrow the search:\n\n\b\n" + "\n".join(
    f"{word.example:<27}{word.meaning}" for word in WORDS
)


@click.command(epilog=_EPILOG)
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@click.option("--campaign", "campaign_id", metavar="ID", help="Only this campaign.")
@click.option("--delivery", "delivery_id", metavar="ID", help="Only this delivery.")
@click.option("--csv", "form", flag_value=Format.CSV, help="Print CSV.")
@click.option("--ndjson", "form", flag_value=Format.NDJSON, help="Print a JSON document a line.")
@click.option("--xlsx", "form", flag_value=Format.XLSX, help="Write a workbook; needs --out.")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this file.")
@as_of_option
@json_option
def audit(
    *,
    words: Sequence[str],
    campaign_id: str | None,
    delivery_id: str | None,
    form: str | None,
    out: Path | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Every event, or those that the WORDS describe, in the order of seq."""
    if form and as_json:
        raise click.UsageError("Choose one of --csv, --ndjson, --xlsx and --json.")
    if out and not form:
        raise click.UsageError("With --out, choose --csv, --ndjson or --xlsx.")
    if form == Format.XLSX and out is None:
        raise click.UsageError("A workbook needs --out FILE.")
    app = open_caught_up()
    seq = seq_of(app, as_of)
    names = AuditNames(app, seq)
    until = app.ledger.reader.head() if seq is None else seq
    query = _query(app, names, words)
    query = replace(query, campaign=campaign_id or query.campaign)
    query = replace(query, delivery=delivery_id or query.delivery)
    search = query.search(app.ledger.reader)
    check_search(app.ledger.reader, search, names.actors)
    export = AuditExport(app.ledger.reader, names, search, until)
    if form or as_json:
        record_export(app, export_of(query, app.ledger.reader, form or "json", until))
    if form == Format.XLSX and out:
        _write_workbook(app, WorkbookOrder(query=query, up_to=until, names=names), out)
    elif form:
        _write(export, Format(form), out)
    elif as_json:
        staff = app.accounts.names()
        events = (event for batch in export.batches() for event in batch)
        print_json([event_document(event, staff) for event in events])
    else:
        rows = AuditRows(names)
        for batch in export.batches():
            for row in rows.of(batch):
                click.echo(_line(row))


def _query(app: Application, names: AuditNames, words: Sequence[str]) -> AuditQuery:
    try:
        return read_arguments(words, names, app.clock.now())
    except Ambiguous as error:
        lines = [f"  {choice.id}  {choice.label}" for choice in error.choices]
        raise BadInput("\n".join([str(error), *lines])) from error


def _write(export: AuditExport, form: Format, out: Path | None) -> None:
    tally = Tally()
    with _opened(out) as file:
        for part in export.parts(form):
            file.write(part.text.encode())
            tally.add(part)
    _print_summary(tally.summary())


def _write_workbook(app: Application, order: WorkbookOrder, out: Path) -> None:
    if out.exists() and not out.is_file():
        raise BadInput(f"{out} is no file. Name one for the workbook, such as events.xlsx.")
    try:
        with (
            tempfile.TemporaryDirectory(dir=out.parent) as folder,
            atomic_file.replacing(out) as file,
        ):
            summary = write_workbook(app, order, file, folder=Path(folder))
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from error
    _print_summary(summary)


def _print_summary(summary: Summary) -> None:
    click.echo(f"{summary.words}. SHA-256: {summary.sha256}", err=True)


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[bytes]]:
    """Yield the file, or the output."""
    if out is None:
        yield sys.stdout.buffer
        return
    try:
        with out.open("wb") as file:
            yield file
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from error


def _line(row: Row) -> str:
    where = row.delivery_id or row.campaign_id or row.contact_id or "-"
    person = row.person or "-"
    at = row.at.isoformat()[:19] if row.at else "-"
    return f"#{row.seq:<8} {at:<19}  {row.who or '-':<12} {where:<28}  {person:<20}  {row.summary}"
