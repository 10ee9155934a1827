"""`delivery-ledger retention …`: how long personal data is kept, and who is forgotten when."""

import csv
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click

from ledger.commands.access import Export
from ledger.commands.retention import ConfirmRetention, SetRetention
from ledger.domain.vocabulary import ExportKind
from ledger.errors import BadInput, Refused
from webapp.acts import SET_RETENTION
from webapp.cli.common import (
    actor,
    by_option,
    json_option,
    open_application,
    open_caught_up,
    print_json,
    print_table,
    record_export,
    scrub,
)
from webapp.documents import harmless
from webapp.explain.numbers import counted
from webapp.explain.people import name_of, number_of
from webapp.explain.retention import KEPT, rule_sentence
from webapp.explain.times import minute_text
from webapp.retention.forgetting import forget_due
from webapp.retention.report import (
    REPORT_FIELDS,
    ReportRow,
    all_rows,
    as_if,
    report_document,
    report_of,
    retention_document,
    retention_of,
)

_OFF = "off"


@click.group()
def retention() -> None:
    """How long personal data is kept, and who is forgotten when."""


@retention.command("show")
@json_option
def show_command(*, as_json: bool) -> None:
    """The rule, and whether it has begun."""
    app = open_application()
    rule, now = retention_of(app), app.clock.now()
    if as_json:
        print_json(retention_document(rule, now))
    else:
        click.echo(rule_sentence(rule, now))


@retention.command("set")
@click.argument("days", metavar="DAYS|off")
@by_option
def set_command(*, days: str, by: str | None) -> None:
    """Forget contacts DAYS days after their last campaign; `off`: never."""
    app = open_application()
    command = SetRetention(_days_of(days), actor(app, by, SET_RETENTION))
    app.ledger.execute(command).result()
    click.echo(rule_sentence(retention_of(app), app.clock.now()), err=True)


@retention.command("report")
@click.option("--days", type=click.IntRange(min=1), help="As if that was the rule.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
def report_command(*, days: int | None, as_csv: bool, as_json: bool) -> None:
    """Who is forgotten within 30 days, and who is kept and why."""
    app = open_caught_up()
    rule = as_if(retention_of(app), days, app.clock.now())
    if rule.days is None:
        raise Refused("Retention is off. Give --days to see what a rule would do.")
    rows = (row for batch in all_rows(app, rule) for row in batch)
    if as_csv:
        record_export(app, Export(kind=ExportKind.RETENTION, form="csv"))
        _print_csv(rows)
    elif as_json:
        record_export(app, Export(kind=ExportKind.RETENTION, form="json"))
        print_json([report_document(row) for row in rows])
    else:
        _print(rows)


@retention.command("run")
@click.option("--yes", "is_certain", is_flag=True, help="Do not ask.")
@by_option
def run_command(*, is_certain: bool, by: str | None) -> None:
    """Forget now everybody who is due; this lets a new rule begin at once."""
    app = open_caught_up()
    by_id, rule = actor(app, by, SET_RETENTION), retention_of(app)
    if rule.days is None:
        raise Refused("Retention is off. Set a rule first: `delivery-ledger retention set DAYS`.")
    if not is_certain:
        _ask(report_of(app, rule, limit=1).due)
    if not rule.is_running(app.clock.now()):
        app.ledger.execute(ConfirmRetention(rule.rule, by_id)).result()
    forgotten = sum(forget_due(app))
    scrub(app)
    click.echo(f"Forgot {counted(forgotten, 'contact')} by retention rule {rule.rule}.", err=True)


def _days_of(text: str) -> int | None:
    if text == _OFF:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput("Give a number of days, such as 365, or `off`.")
    return int(text)


def _ask(due: int) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("This cannot be undone; without a terminal, give --yes.")
    click.echo(f"{counted(due, 'contact is', 'contacts are')} due, less those kept.", err=True)
    click.confirm("Their personal data is destroyed for good. Forget?", abort=True, err=True)


def _print_csv(rows: Iterable[ReportRow]) -> None:
    writer = csv.DictWriter(sys.stdout, REPORT_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(harmless(report_document(row)) for row in rows)


def _print(rows: Iterable[ReportRow]) -> None:
    print_table(
        ("Contact", "Number", "Last campaign ended", "Forgotten on", "Kept because"),
        list(_cells(rows)),
    )


def _cells(rows: Iterable[ReportRow]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        kept = KEPT[row.kept] if row.kept else None
        when = None if row.kept else minute_text(row.forgotten_at)
        person = row.person
        yield name_of(person), number_of(person), minute_text(row.ended_at), when, kept
