"""Words of the command line, which can have bytes that are no UTF-8."""

from typing import Any

import click

from ledger.messages.outside_text import encodable


class _Words(click.types.StringParamType):
    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> Any:
        return encodable(super().convert(value, param, ctx))


def with_encodable_words(command: click.Command) -> click.Command:
    """Return the command, whose words (not its paths) then pass the gate for text from outside."""
    for parameter in command.params:
        if isinstance(parameter.type, click.types.StringParamType):
            parameter.type = _Words()
    if isinstance(command, click.Group):
        for member in command.commands.values():
            with_encodable_words(member)
    return command
