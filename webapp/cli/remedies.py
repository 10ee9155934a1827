"""What is done about rows of the views that made a command fail; imported after such an error."""

import time

import click

from ledger.errors import StoreUnavailable
from webapp.bootstrap import Application
from webapp.cli.common import APPLICATION
from webapp.view_faults import Remedy

_WORDS = {
    Remedy.REBUILT: "The views were not what the events say and were rebuilt. Run the command "
    "again.",
    Remedy.TOLERATED: "A text of an event is not UTF-8, so this command cannot read it; the pages "
    "can. See what `delivery-ledger verify` says.",
}


def remedy_words(context: click.Context, error: Exception) -> str:
    """Say what was done about rows that made a command fail; blank where nothing was.

    Nothing is done where the command had not opened the application. Raises `StoreUnavailable`,
    which names the disks that are full or read-only where that made the command fail.
    """
    app: Application | None = context.meta.get(APPLICATION)
    if app is None:
        return ""
    if type(error) is StoreUnavailable and (refusals := app.store_checks.refusals()):
        raise StoreUnavailable(f"{refusals} {error}") from error
    remedy = app.view_faults.remedy(error, time.monotonic())
    return _WORDS.get(remedy, "") if remedy else ""
