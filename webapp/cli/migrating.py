"""`delivery-ledger migrate`: move the ledger's tables to the revision of this program."""

import click

from ledger.store import schema_migration as migrating
from ledger.store.store import open_store
from webapp.cli.ledger_option import chosen_settings


@click.command()
def migrate() -> None:
    """Move the ledger's tables to this program's revision; stop all its processes first."""
    databases = chosen_settings().databases
    store = open_store(databases.ledger_url, setting="LEDGER_DATABASE_URL")
    try:
        before, after = migrating.migrate(store)
    finally:
        store.engine.dispose()
    if before == after:
        click.echo(f"The ledger's tables are at revision {after} already.", err=True)
    else:
        click.echo(f"Moved the ledger's tables from {before or 'nothing'} to {after}.", err=True)
