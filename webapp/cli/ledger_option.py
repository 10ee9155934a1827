"""`--ledger NAME`, which every command takes where an installation has several ledgers.

The settings are imported when a command reads them: a port that is taken is refused before that.
"""

import os
import pkgutil
from typing import TYPE_CHECKING

import click

from ledger.errors import BadInput

if TYPE_CHECKING:
    from webapp.settings import Settings

_DIRECTORY_IN = "webapp.ledgers.directory:directory_in"
_READ_SETTINGS = "webapp.settings:read_settings"
_KEY = "delivery-ledger.ledger"
_NAME = "ledger_name"


def chosen_settings(*, must_exist: bool = False) -> "Settings":
    """Return the settings of the ledger that `--ledger` names, or of the only one.

    Raises `BadSetting`, and `BadInput` for a name that is missing or unknown; with `must_exist`
    also `NotFound`.
    """
    name = click.get_current_context().find_root().meta.get(_KEY)
    directory = pkgutil.resolve_name(_DIRECTORY_IN)(os.environ)
    if directory is None and name is not None:
        raise BadInput("--ledger needs LEDGER_DIRECTORY, the folder with a file for each ledger.")
    if directory is None:
        settings: Settings = pkgutil.resolve_name(_READ_SETTINGS)(must_exist=must_exist)
    else:
        settings = directory.ledger(name or directory.only_name(), must_exist=must_exist).settings
    return settings


def _keep(context: click.Context, _parameter: click.Parameter, name: str | None) -> None:
    if name is not None:
        context.find_root().meta[_KEY] = name


ledger_option = click.option(
    "--ledger",
    _NAME,
    metavar="NAME",
    help="Which ledger, where there are several.",
    expose_value=False,
    callback=_keep,
)
"""The decorator that adds the option; the command does not get it as a parameter."""


def with_ledger_option(command: click.Command) -> click.Command:
    """Return the command, or all commands of the group, with the option."""
    if isinstance(command, click.Group):
        for member in command.commands.values():
            with_ledger_option(member)
    elif all(parameter.name != _NAME for parameter in command.params):
        ledger_option(command)
    return command
