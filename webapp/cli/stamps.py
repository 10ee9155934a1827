"""`delivery-ledger stamp …`: time stamps of checkpoints, by authorities as in RFC 3161."""

from pathlib import Path

import click

from ledger import atomic_file
from ledger.errors import BadInput
from webapp.cli.common import open_application
from webapp.cli.ledger_option import named
from webapp.explain.numbers import counted

_FILE = click.Path(dir_okay=False, path_type=Path)
_LARGEST = 1 << 20
"""Answers of authorities have a few thousand bytes."""


@click.group()
def stamp() -> None:
    """Have a stamping authority confirm when a checkpoint existed."""


@stamp.command("query")
@click.option("--out", required=True, type=_FILE, metavar="FILE", help="A new file, .tsq by habit.")
def query_command(*, out: Path) -> None:
    """Write what to send to an authority, for the newest checkpoint."""
    newest, query = open_application().stamps.query()
    try:
        atomic_file.create(out, query)
    except FileExistsError as error:
        raise BadInput(f"{out} exists already. Choose another name.") from error
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from error
    click.echo(
        f"{out}: for the checkpoint of {counted(newest.size, 'event')}. Send it to a stamping "
        + named("authority, and attach the answer with `delivery-ledger stamp attach FILE`."),
        err=True,
    )


@stamp.command("attach")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def attach_command(*, file: Path) -> None:
    """Keep an authority's answer, and put it into bundles from now on."""
    try:
        with file.open("rb") as opened:
            answer = opened.read(_LARGEST + 1)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from error
    if len(answer) > _LARGEST:
        raise BadInput(f"{file} is too large to be a time stamp.")
    checkpoint, stamped = open_application().stamps.attach(answer)
    click.echo(
        f"Kept: a time stamp of the checkpoint of {counted(checkpoint.size, 'event')}, which says "
        f"{stamped.time:%Y-%m-%d %H:%M:%S} UTC. Its signature was not checked; `openssl ts "
        "-verify` does that.",
        err=True,
    )
