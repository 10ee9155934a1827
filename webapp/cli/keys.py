"""`delivery-ledger keys …`: the master key that wraps all others."""

import click

from ledger.domain.vocabulary import KeyBackupPlace
from ledger.errors import BadSetting
from ledger.store.encryption import master_key
from webapp.acts import BACK_UP_KEYS
from webapp.cli.common import actor, by_option, open_application
from webapp.explain.numbers import counted, plural
from webapp.key_backups import record_key_backup


@click.group()
def keys() -> None:
    """Change the master key, or say that there is a backup of it."""


@keys.command("backed-up")
@by_option
def backed_up_command(*, by: str | None) -> None:
    """Say that a backup of the master key is kept elsewhere; who said so is recorded."""
    app = open_application(must_exist=True)
    record_key_backup(app.ledger, actor(app, by, BACK_UP_KEYS), KeyBackupPlace.ELSEWHERE)
    click.echo("Recorded. After the next change of the master key, back that one up.", err=True)


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
        "Now set LEDGER_MASTER_KEY to it, remove LEDGER_NEW_MASTER_KEY, restart every process, and "
        "back it up: delivery-ledger backup FILE --keys-only",
        err=True,
    )
