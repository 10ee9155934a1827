"""`delivery-ledger scrub`: removes from the databases' files what was deleted from the tables."""

import click

from ledger.errors import StoreUnavailable
from webapp.cli.common import open_caught_up, scrub


@click.command("scrub")
def scrub_command() -> None:
    """Remove what forgettings left in the database's files; on PostgreSQL pages wait meanwhile."""
    app = open_caught_up()
    if not scrub(app):
        raise StoreUnavailable("Some deleted data remains in a write-ahead log for now.")
    if remains := app.scrubber.rewrite():
        raise StoreUnavailable("\n".join(remains))
    click.echo("No deleted data is left in the database's files.", err=True)
