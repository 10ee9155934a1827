"""What servers and senders check of their files when they start."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.file_permissions import check_databases_can_be_written, files_of, warning_of

if TYPE_CHECKING:
    from webapp.settings import Settings


def check_files(settings: "Settings") -> None:
    """Raise `BadSetting` for databases that cannot be written; name files that others may open."""
    check_databases_can_be_written(settings)
    warn_of_open_files(files_of(settings))


def warn_of_open_files(files: Iterable[Path]) -> None:
    """Name those of the files that other users may open, with the cure."""
    if warning := warning_of(files):
        click.echo(warning, err=True)
