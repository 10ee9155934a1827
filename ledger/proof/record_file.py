"""A small file of what must never be contradicted: one JSON document for each origin, a line each.

It is replaced as a whole, durably, by one process at a time.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger import atomic_file
from ledger.errors import BadSetting, StoreUnavailable
from ledger.store.writer_lock import WriterLock

Document = dict[str, Any]


class RecordFile:
    """The documents by origin; each has the field `origin`."""

    def __init__(self, path: Path, *, purpose: str, elsewhere: str) -> None:
        """`purpose` and `elsewhere` say in errors what is in it, and how to choose another."""
        self.path = path
        self._purpose = purpose
        self._elsewhere = elsewhere
        self._lock = WriterLock(path)

    def read(self) -> dict[str, Document]:
        """Return origin → document; none without a file. Raises `BadSetting`."""
        try:
            documents = [json.loads(line) for line in self.path.read_text().splitlines()]
            return {document["origin"]: document for document in documents}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self.unreadable() from error

    def unreadable(self) -> BadSetting:
        """The error for a file, or a document in it, that cannot be read."""
        return BadSetting(
            f"{self.path} cannot be read. {self._purpose} Put back a copy that is not older; a "
            "file without lines takes its place only if nothing was restored from a backup."
        )

    def write(self, documents: Mapping[str, Document]) -> None:
        """Replace the file, durably; for the holder of the lock. Raises `StoreUnavailable`."""
        content = "".join(f"{json.dumps(document)}\n" for document in documents.values())
        with (
            self._write_errors(),
            atomic_file.replacing(self.path) as file,
        ):
            file.write(content.encode())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the file's lock; raises `StoreUnavailable`."""
        with self._write_errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock.held():
                yield

    @contextmanager
    def _write_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} cannot be written ({error.strerror or error}). {self._purpose} "
                f"Nothing is signed without it. Free some space, make its folder writable, or "
                f"{self._elsewhere}."
            ) from error
