"""`delivery-ledger campaign …`: launch, look at and act on campaigns."""

import csv
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import click

from ledger.errors import BadInput
from ledger.intake import Intake, read_contacts
from ledger.message import Template
from ledger.phone import display
from ledger.resend import ResendPolicy
from ledger.verbs import campaigns as verbs
from ledger.verbs.launching import LaunchOrder, launch
from ledger.vocabulary import DeliveryStatus
from projections.status.rows import CampaignRow
from webapp.cli.common import (
    actor,
    application,
    as_of_option,
    by_option,
    caught_up,
    json_option,
    print_json,
    print_table,
    progress,
    status_at,
)
from webapp.documents import (
    CONTACT_FIELDS,
    campaign_document,
    contact_document,
    forgotten_words,
    harmless,
    iso,
)


@click.group()
def campaign() -> None:
    """Launch, look at and act on campaigns."""


@campaign.command("launch")
@click.option("--name", required=True, help="What staff call the campaign.")
@click.option("--message", required=True, help="The text; {{first_name}} takes a column's value.")
@click.option(
    "--contacts",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file with a header.",
)
@click.option("--resend-after", default=300, show_default=True, help="First wait, in seconds.")
@click.option("--attempt-limit", type=int, help="Fail a contact after so many attempts.")
@click.option("--skip-invalid", is_flag=True, help="Launch without the rows that are bad.")
@by_option
@json_option
def launch_command(
    *,
    name: str,
    message: str,
    file: Path,
    resend_after: int,
    attempt_limit: int | None,
    skip_invalid: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """Text every contact of a file."""
    found = application()
    template = Template.parse(message)
    policy = ResendPolicy(first_wait_seconds=resend_after, attempt_limit=attempt_limit)
    region = found.settings.phone_region
    with _copy_of(file) as copy:
        intake = read_contacts(copy, region=region, template=template, skip_invalid=skip_invalid)
    order = LaunchOrder(name=name, message=message, rows=intake.rows, policy=policy)
    with progress("Enrolling contacts") as tell:
        campaign_id = launch(
            found.ledger,
            order,
            actor(found, by),
            progress=lambda enrolled: tell(enrolled, len(intake.rows)),
        )
    _print_launch(campaign_id, intake, as_json=as_json)


@contextmanager
def _copy_of(file: Path) -> Iterator[IO[bytes]]:
    """What is in the file now; a pipe will do as well."""
    with tempfile.TemporaryFile() as copy:
        try:
            with file.open("rb") as source:
                shutil.copyfileobj(source, copy)
        except OSError as error:
            raise BadInput(f"{file} cannot be read: {error.strerror}.") from error
        yield copy


def _print_launch(campaign_id: str, intake: Intake, *, as_json: bool) -> None:
    if as_json:
        skipped = [{"line": row.line, "reason": row.reason} for row in intake.skipped]
        print_json({"id": campaign_id, "enrolled": len(intake.rows), "skipped": skipped})
        return
    click.echo(f"Launched {campaign_id} to {len(intake.rows):,} contacts.")
    for row in intake.skipped:
        click.echo(f"  left out line {row.line}: {row.reason}")


@campaign.command("list")
@as_of_option
@json_option
def list_command(*, as_of: str | None, as_json: bool) -> None:
    """Every campaign, the newest first."""
    rows = status_at(caught_up(), as_of).campaigns()
    if as_json:
        print_json([campaign_document(row) for row in rows])
        return
    counts = ("Contacts", "Delivered", "Pending", "Failed")
    print_table(
        ("Id", "Name", "State", *counts),
        [(row.campaign_id, row.name, _state(row), *vars(row.counts).values()) for row in rows],
    )


@campaign.command("show")
@click.argument("campaign_id", metavar="ID")
@as_of_option
@json_option
def show_command(*, campaign_id: str, as_of: str | None, as_json: bool) -> None:
    """One campaign with its counts."""
    row = status_at(caught_up(), as_of).campaign(campaign_id)
    if as_json:
        print_json(campaign_document(row))
        return
    click.echo(f"{row.name}\n{_state(row)}, launched {row.launched_at:%Y-%m-%d %H:%M} UTC")
    if row.pause_reason:
        click.echo(row.pause_reason)
    print_table(tuple(vars(row.counts)), [tuple(vars(row.counts).values())])


@campaign.command("contacts")
@click.argument("campaign_id", metavar="ID")
@click.option(
    "--status", type=click.Choice([status.value for status in DeliveryStatus]), help="Only these."
)
@as_of_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
def contacts_command(
    *, campaign_id: str, status: str | None, as_of: str | None, as_csv: bool, as_json: bool
) -> None:
    """Every contact of a campaign, in the order of the file."""
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    reads = status_at(caught_up(), as_of)
    reads.campaign(campaign_id)
    rows = reads.contacts(campaign_id, status=DeliveryStatus(status) if status else None)
    documents = [contact_document(row) for row in rows]
    if as_json:
        print_json(documents)
    elif as_csv:
        _print_csv(documents)
    else:
        print_table(
            ("Contact", "Number", "Delivered", "Failed reason", "Attempts", "Next attempt"),
            [
                (
                    row.name or None,
                    display(row.phone) or forgotten_words(row),
                    row.status,
                    row.failed_reason.label if row.failed_reason else None,
                    row.attempts,
                    iso(row.next_attempt_at),
                )
                for row in rows
            ],
        )


def _print_csv(documents: Sequence[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, CONTACT_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(harmless(document) for document in documents)


def _act(verb: Any, done: str, description: str) -> click.Command:
    @click.command(name=verb.__name__, help=description)
    @click.argument("campaign_id", metavar="ID")
    @by_option
    def command(*, campaign_id: str, by: str | None) -> None:
        found = application()
        verb(found.ledger, campaign_id, actor(found, by))
        click.echo(f"{done} {campaign_id}.", err=True)

    return command


for _verb, _done, _description in (
    (verbs.pause, "Paused", "Start no attempts until resumed."),
    (verbs.resume, "Resumed", "Let attempts start again."),
    (verbs.close, "Closed", "No further attempts; what is pending stays pending."),
    (verbs.archive, "Archived", "Freeze every status for good."),
):
    campaign.add_command(_act(_verb, _done, _description))


@campaign.command("resend")
@click.argument("campaign_id", metavar="ID")
@click.option(
    "--include-unreachable",
    is_flag=True,
    help="Resend to unreachable and invalid numbers too; it hardly ever helps.",
)
@by_option
@json_option
def resend_command(
    *, campaign_id: str, include_unreachable: bool, by: str | None, as_json: bool
) -> None:
    """Try the failed contacts of a campaign again."""
    found = caught_up()
    done = verbs.resend(
        found.ledger,
        campaign_id,
        actor(found, by),
        failed=found.status.failed_ids(campaign_id),
        include_unreachable=include_unreachable,
    )
    if as_json:
        print_json({"resent": done.count, "left_out": [asdict(left) for left in done.left_out]})
        return
    click.echo(f"Resending to {done.count:,} contacts, {len(done.left_out):,} left out.")
    for left in done.left_out:
        click.echo(f"  {left.delivery_id}: {left.reason.label}")


def _state(row: CampaignRow) -> str:
    return f"{row.state}, complete" if row.is_complete else str(row.state)
