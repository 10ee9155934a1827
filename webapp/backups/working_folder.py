"""The folder in which a backup is made and a restored copy is prepared, for its user alone.

A process that is killed leaves it; the next one empties it. One process at a time uses it.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import BadInput
from ledger.store.writer_lock import WriterLock


@contextmanager
def working_folder(path: Path) -> Iterator[Path]:
    """Make the folder for the length of the block.

    Raises `StoreUnavailable` while another process uses it, and `BadInput` where it cannot be made.
    """
    with _folder_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _folder_errors(path), WriterLock(path).held():
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _folder_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"The folder {path} is needed for a copy of the ledger and cannot be written "
            f"({error.strerror or error}). Free some space, or make its folder writable."
        ) from error
