"""A group that imports each command at its first use, so that a short command starts fast."""

import gc
import pkgutil
from collections.abc import Mapping
from typing import Any

import click

from webapp.cli.arguments import with_encodable_arguments
from webapp.cli.ledger_option import is_ledger_named, with_ledger_option

_OF_NO_LEDGER = frozenset({"ledger", "serve-pages", "witness"})
"""The commands that do not concern one ledger."""


class LazyGroup(click.Group):
    """A click group; `lazy` is command → `module:attribute`.

    For example `{"audit": "webapp.cli.audit:audit"}`.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = lazy

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return all names in alphabetical order."""
        return sorted(self._lazy)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of that name; None for an unknown name."""
        if cmd_name not in self._lazy:
            return None
        gc.disable()  # imports make many objects and no garbage
        try:
            command: click.Command = pkgutil.resolve_name(self._lazy[cmd_name])
        finally:
            gc.enable()
        if cmd_name not in _OF_NO_LEDGER:
            with_ledger_option(command)
        elif is_ledger_named():
            raise click.UsageError(f"`{cmd_name}` takes no --ledger.")
        return with_encodable_arguments(command)
