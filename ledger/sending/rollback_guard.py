"""The rollback guard: notices that the ledger lost its end, and stops all sending.

A ledger restored from a backup does not have the texts that were sent since, and would send them
twice. So each machine that sends stores the last event that it saw in a small file outside any
backup. The file has one line for each ledger that was sent from here:

    {"ledger_id": "…", "seq":     1234, "leaf": "9f86d0…", "attempts":       40}

A line keeps its length, so that one short write replaces it in place. Whatever is killed leaves the
old file or the new one.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger import atomic_file
from ledger.domain.events import AttemptStarted
from ledger.errors import BadSetting, StoreUnavailable
from ledger.ledger import Ledger
from ledger.sending.lost_end import stop_sending
from ledger.store.writer_lock import WriterLock


@dataclass(frozen=True, kw_only=True)
class _SeenEnd:
    """The end of a ledger: seq and Merkle leaf (hexadecimal) of the last event that was seen."""

    ledger_id: str
    seq: int
    leaf: str
    attempts: int | None = None
    """How many attempts the ledger had; None in a line of an earlier version."""

    @property
    def line(self) -> str:
        """The line of the file; its length does not depend on the numbers."""
        return (
            f'{{"ledger_id": "{self.ledger_id}", "seq": {self.seq:20}, "leaf": "{self.leaf}", '
            f'"attempts": {self.attempts or 0:20}}}\n'
        )


class RollbackGuard:
    """Compares the ledger with the last event that this machine saw in it."""

    def __init__(self, ledger: Ledger, path: Path) -> None:
        self.ledger = ledger
        self.path = path
        self._lock = WriterLock(path)

    def check(self) -> None:
        """Stop all sending where the ledger lost its end; then store its present end, durably.

        An empty ledger holds nothing that could be sent twice. Raises `BadSetting` where the file
        cannot be read, `StoreUnavailable` where it cannot be written now.
        """
        with self._held():
            ends = self._read()
            seen = ends.get(self.ledger.ledger_id)
            if ends and self.ledger.reader.head() and not self._is_continued(seen):
                stop_sending(self.ledger, lost_attempts=self._lost_attempts(seen))
                seen = None
            self._write(ends, self._present_end(seen), is_durable=True)

    def lost_attempts(self) -> int:
        """Return how many attempts the ledger certainly lost; stores nothing. Raises as `check`."""
        with self._held():
            seen = self._read().get(self.ledger.ledger_id)
        return 0 if self._is_continued(seen) else self._lost_attempts(seen)

    def extend(self) -> None:
        """Store the present end, after attempts were started and before the provider is asked.

        What is stored survives whatever is killed. It is not brought to the disk each time, so a
        power loss can leave an older end; then the provider's records show what the ledger lost
        (see `start_check.py`). Raises as `check` does.
        """
        with self._held():
            ends = self._read()
            end = self._present_end(ends.get(self.ledger.ledger_id))
            self._write(ends, end, is_durable=end.ledger_id not in ends)

    def _is_continued(self, seen: _SeenEnd | None) -> bool:
        """Whether the ledger holds what was seen; False where only other ledgers were."""
        if seen is None or seen.seq > self.ledger.reader.head():
            return False
        return seen.seq == 0 or self.ledger.reader.event(seen.seq).row.leaf.hex() == seen.leaf

    def _lost_attempts(self, seen: _SeenEnd | None) -> int:
        """How many attempts are certainly missing; 0 where that is not known."""
        left = self._present_end(None).attempts or 0
        return max((seen.attempts or 0) - left, 0) if seen else 0

    def _present_end(self, seen: _SeenEnd | None) -> _SeenEnd:
        """The present end; attempts that were counted before are not counted again."""
        ledger_id, last = self.ledger.ledger_id, self.ledger.reader.last()
        if last is None:
            return _SeenEnd(ledger_id=ledger_id, seq=0, leaf="0" * 64, attempts=0)
        counted, after = 0, 0
        if seen is not None and seen.attempts is not None:
            counted, after = seen.attempts, seen.seq
        new = self.ledger.reader.count(AttemptStarted.topic, after=after, until=last.seq)
        leaf = last.row.leaf.hex()
        return _SeenEnd(ledger_id=ledger_id, seq=last.seq, leaf=leaf, attempts=counted + new)

    def _read(self) -> dict[str, _SeenEnd]:
        try:
            lines = self.path.read_text().splitlines()
            ends = [_SeenEnd(**json.loads(line)) for line in lines]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError) as error:
            raise BadSetting(
                f"{self.path} cannot be read. It shows whether the ledger lost its end; if you "
                "are sure that it did not, delete the file."
            ) from error
        return {end.ledger_id: end for end in ends}

    def _write(self, ends: Mapping[str, _SeenEnd], end: _SeenEnd, *, is_durable: bool) -> None:
        lines = [each.line for each in {**ends, end.ledger_id: end}.values()]
        content = "".join(lines).encode()
        if is_durable:
            with atomic_file.replacing(self.path) as file:
                file.write(content)
            return
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            os.pwrite(descriptor, content, 0)
        finally:
            os.close(descriptor)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the lock of the file, and translate errors of the disk."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock.held():
                yield
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} cannot be written ({error.strerror or error}); the sender stores "
                "there how far the ledger was. Free some space, or make the folder writable."
            ) from error
