"""Writes files whole: a reader sees the old or the new content, even after a power cut.

The new file is written next to the old one, brought to the disk, and then renamed. Only its owner
can open it, whatever the umask of the process and the permissions of the old one.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

OWNER_ONLY = 0o600


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that replaces `path` at the end of the block, durably; it can be read too.

    Where the block raises, `path` stays as it was. Raises OSError.
    """
    with _draft(path) as (draft, file):
        yield file
        _sync(file)
        draft.replace(path)
    _sync_folder(path.parent)


def create(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, durably; of several processes one succeeds.

    Raises FileExistsError where it is there already, and OSError.
    """
    with _draft(path) as (draft, file):
        file.write(content)
        _sync(file)
        os.link(draft, path)
    _sync_folder(path.parent)


def move(old: Path, new: Path) -> None:
    """Put the file `old` in the place of `new`, durably, with its content. Raises OSError."""
    with old.open("rb") as file:
        os.fsync(file.fileno())
    old.replace(new)
    _sync_folder(new.parent)


@contextmanager
def _draft(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield draft, file
    finally:
        draft.unlink(missing_ok=True)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Bring the file's new name to the disk: it belongs to the folder, not to the file."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
