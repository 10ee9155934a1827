"""A group that imports each command at its first use, so that a short command starts fast."""

import gc
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from webapp.cli.arguments import with_encodable_arguments
from webapp.cli.ledger_option import is_ledger_named, with_ledger_option

_OF_NO_LEDGER = frozenset({"ledger", "serve-pages", "witness"})
"""The commands that do not concern one ledger."""


@dataclass(frozen=True)
class LazyCommand:
    """Where a command is, and what the list of commands says of it without importing it.

    For example `LazyCommand("webapp.cli.audit:audit", "Every event, or those that …")`.
    """

    place: str
    """`module:attribute`."""
    words: str = ""
    """The first sentence of its docstring. Empty: the list leaves the command out."""


class LazyGroup(click.Group):
    """A click group; `lazy` is the name of each command and where it is."""

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return all names in alphabetical order."""
        return sorted(self.lazy)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, as click does for commands that are imported."""
        listed = [
            click.Command(name, help=self.lazy[name].words)
            for name in self.list_commands(ctx)
            if self.lazy[name].words
        ]
        limit = formatter.width - 6 - max(len(str(command.name)) for command in listed)
        rows = [(str(command.name), command.get_short_help_str(limit)) for command in listed]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of that name; None for an unknown name."""
        if cmd_name not in self.lazy:
            return None
        gc.disable()  # imports make many objects and no garbage
        try:
            command: click.Command = pkgutil.resolve_name(self.lazy[cmd_name].place)
        finally:
            gc.enable()
        if cmd_name not in _OF_NO_LEDGER:
            with_ledger_option(command)
        elif is_ledger_named():
            raise click.UsageError(f"`{cmd_name}` takes no --ledger.")
        return with_encodable_arguments(command)
