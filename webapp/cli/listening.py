"""Where a server listens: the options, and the socket.

Errors name the options as they were given: `--port 5001`, or `make run PORT=5001`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import click

from webapp.serving.listener import Listener, OptionWriter, listen, listen_errors

_LARGEST_PORT = 65535
_MOST_DIGITS = 5


host_option = click.option("--host", default="127.0.0.1", show_default=True)
from_make_option = click.option("--from-make", is_flag=True, is_eager=True, hidden=True)
"""Errors name the variables of `make run`. Read before the others, so that they can know it."""


def port_option(*, default: int, lowest: int) -> Callable[[Any], Any]:
    """Return the option `--port`, a number from `lowest` on; 0 lets the system choose a port."""

    def convert(context: click.Context, _param: click.Parameter, value: str) -> int:
        is_number = value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS
        if is_number and lowest <= int(value) <= _LARGEST_PORT:
            return int(value)
        example = _option_writer(context)("port", default + 1)
        raise click.BadParameter(
            f"{value!r} is no port. Choose a number from {lowest} to {_LARGEST_PORT}: {example}"
        )

    return click.option(
        "--port", default=str(default), show_default=True, metavar="PORT", callback=convert
    )


@contextmanager
def listening(host: str, port: int) -> Iterator[Listener]:
    """Listen within the block. Raises `BadSetting`, which names the options."""
    listener = listen(host, port, _option_writer(click.get_current_context()))
    with closing(listener.socket):
        yield listener


def named_listen_errors(host: str, port: int) -> AbstractContextManager[None]:
    """Raise `BadSetting`, which names the options, where the block cannot listen."""
    return listen_errors(host, port, _option_writer(click.get_current_context()))


def _option_writer(context: click.Context) -> OptionWriter:
    """Return what writes an option with a value, as the command was called."""
    if context.params.get("from_make"):
        return lambda name, value: f"make run {name.upper()}={value}"
    return "--{} {}".format
