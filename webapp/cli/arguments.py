"""Makes the arguments of the command line encodable; they can have bytes that are no UTF-8."""

from typing import Any

import click

from ledger.messages.outside_text import encodable


class _EncodableString(click.types.StringParamType):
    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Any:
        return encodable(super().convert(value, param, ctx))


def with_encodable_arguments(command: click.Command) -> click.Command:
    """Return the command with its strings, but not its paths, made encodable (outside_text.py)."""
    for parameter in command.params:
        if isinstance(parameter.type, click.types.StringParamType):
            parameter.type = _EncodableString()
    if isinstance(command, click.Group):
        for member in command.commands.values():
            with_encodable_arguments(member)
    return command
