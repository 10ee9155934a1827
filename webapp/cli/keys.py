"""`delivery-ledger keys …`: the master key that wraps all others."""

import click

from ledger.errors import BadSetting
from ledger.store.encryption import master_key
from webapp.cli.common import open_application
from webapp.explain.numbers import counted, plural


@click.group()
def keys() -> None:
    """Change the master key."""


@keys.command("rotate")
def rotate_command() -> None:
    """Wrap every key by LEDGER_NEW_MASTER_KEY; the program then starts with that one only."""
    app = open_application()
    new_secret = app.settings.new_master_key
    if not new_secret:
        raise BadSetting("Set LEDGER_NEW_MASTER_KEY to the new secret; it is never an argument.")
    count = app.ledger.change_master_key(master_key(new_secret))
    click.echo(
        f"{counted(count, 'key')} {plural(count, 'is', 'are')} wrapped by the new master key. "
        "Now set LEDGER_MASTER_KEY to it, remove LEDGER_NEW_MASTER_KEY, and restart every process.",
        err=True,
    )
