"""`delivery-ledger rebuild`: derive the views again, or compare them with a fresh rebuild."""

import sys

import click

from ledger.store.sqlite import limit_page_caches
from webapp.cli.common import open_application, open_caught_up, progress
from webapp.cli.ledger_option import named
from webapp.memory import limit_garbage_collection
from webapp.parts.proof import repair_views
from webapp.view_faults import difference_words, repair_words

_EXAMPLES = 10


@click.command()
@click.option("--check", is_flag=True, help="Compare the live rows with a fresh rebuild.")
@click.option("--repair", is_flag=True, help="Verify the ledger, compare, and replace the rows.")
def rebuild(*, check: bool, repair: bool) -> None:
    """Derive all views again from the first event."""
    if check and repair:
        raise click.UsageError("Choose one of --check and --repair.")
    limit_garbage_collection()
    if check:
        _check()
        return
    if repair:
        _repair()
        return
    app = open_application()
    with progress("Rebuilding") as report:
        app.views.rebuild(report)
    click.echo(f"Rebuilt up to #{app.views.position().seq}.")


def _repair() -> None:
    """Replace the rows only where one differs from what the events say."""
    limit_page_caches()
    app = open_application()
    with progress("Comparing with a rebuild") as report:
        differing = repair_views(app, report)
    if not differing:
        click.echo(f"No difference up to #{app.views.position().seq}.")
        return
    click.echo(f"delivery-ledger: {repair_words(differing)}", err=True)


def _check() -> None:
    app = open_caught_up()
    with progress("Rebuilding beside the live views") as report:
        differences = list(app.views.differences(report))
    if not differences:
        click.echo(f"No difference up to #{app.views.position().seq}.")
        return
    click.echo(f"delivery-ledger: {difference_words(differences)}", err=True)
    for difference in differences[:_EXAMPLES]:
        row = difference.live or difference.rebuilt or {"": "cannot be read"}
        click.echo(f"  {difference.table}: {next(iter(row.values()))}", err=True)
    click.echo(named("`delivery-ledger rebuild --repair` makes them again."), err=True)
    sys.exit(1)
