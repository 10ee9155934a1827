"""`delivery-ledger rebuild`: derive the views again, or compare them with a fresh rebuild."""

import sys

import click

from webapp.cli.common import open_application, open_caught_up, progress
from webapp.explain.numbers import counted, plural

_EXAMPLES = 10


@click.command()
@click.option("--check", is_flag=True, help="Compare the live rows with a fresh rebuild.")
def rebuild(*, check: bool) -> None:
    """Derive all views again from the first event."""
    if check:
        _check()
        return
    app = open_application()
    with progress("Rebuilding") as report:
        app.views.rebuild(report)
    click.echo(f"Rebuilt up to #{app.views.position().seq}.")


def _check() -> None:
    app = open_caught_up()
    with progress("Rebuilding beside the live views") as report:
        differences = list(app.views.differences(report))
    if not differences:
        click.echo(f"No difference up to #{app.views.position().seq}.")
        return
    count = len(differences)
    click.echo(
        f"delivery-ledger: {counted(count, 'row')} {plural(count, 'differs', 'differ')} from a "
        "fresh rebuild.",
        err=True,
    )
    for difference in differences[:_EXAMPLES]:
        row = difference.live or difference.rebuilt or {}
        click.echo(f"  {difference.table}: {next(iter(row.values()), '?')}", err=True)
    sys.exit(1)
