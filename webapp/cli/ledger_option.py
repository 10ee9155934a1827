"""`--ledger NAME`, which every command takes where an installation has several ledgers.

The settings are imported when a command reads them: a port that is taken is refused before that.
"""

import os
import pkgutil
from typing import TYPE_CHECKING

import click

from ledger.errors import BadInput
from webapp.explain.commands import naming_ledger

if TYPE_CHECKING:
    from webapp.settings import Settings

_DIRECTORY_IN = "webapp.ledgers.directory:directory_in"
_READ_SETTINGS = "webapp.settings:read_settings"
_KEY = "delivery-ledger.ledger"
_CHOSEN = "delivery-ledger.chosen"
"""The ledger that is meant, whether `--ledger` names it or there is no other."""
_NAME = "ledger_name"


def chosen_settings(
    *, must_be_named: bool = False, must_exist: bool = False, makes_secret: bool = True
) -> "Settings":
    """Return the settings of the ledger that `--ledger` names, or of the only one.

    With `must_be_named` the only ledger of a directory is not meant without its name. Raises
    `BadSetting`, and `BadInput` for a name that is missing or unknown; with `must_exist` also
    `NotFound`, as `read_settings` does; see there for `makes_secret`.
    """
    name = click.get_current_context().find_root().meta.get(_KEY)
    directory = pkgutil.resolve_name(_DIRECTORY_IN)(os.environ)
    if directory is None and name is not None:
        raise BadInput("--ledger needs LEDGER_DIRECTORY, the folder with a file for each ledger.")
    if directory is None:
        settings: Settings = pkgutil.resolve_name(_READ_SETTINGS)(
            must_exist=must_exist, makes_secret=makes_secret
        )
    else:
        chosen = name or directory.only_name(must_be_named=must_be_named)
        settings = directory.ledger(
            chosen, must_exist=must_exist, makes_secret=makes_secret
        ).settings
        click.get_current_context().find_root().meta[_CHOSEN] = chosen
    return settings


def named(sentence: str) -> str:
    """Return a sentence whose commands act on the ledger that this command acts on."""
    context = click.get_current_context(silent=True)
    ledger_name: str | None = context.find_root().meta.get(_CHOSEN) if context else None
    return naming_ledger(sentence, ledger_name)


def is_ledger_named() -> bool:
    """Whether the command names a ledger by `--ledger`."""
    context = click.get_current_context(silent=True)
    return context is not None and _KEY in context.find_root().meta


def _keep(context: click.Context, _parameter: click.Parameter, name: str | None) -> None:
    meta = context.find_root().meta
    if name is not None and meta.setdefault(_KEY, name) != name:
        raise click.UsageError(f"--ledger names two ledgers: {meta[_KEY]} and {name}.")


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
