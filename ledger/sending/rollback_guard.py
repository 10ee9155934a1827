"""The rollback guard: notices that the ledger lost its end, and stops all sending.

A ledger restored from a backup does not know the texts that were sent since, and would send them
twice. So each sender's machine stores the last event it saw, in a small file outside any backup:

    {"ledger_id": "…", "seq": 1234, "leaf": "9f86d0…"}
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ledger import atomic_file
from ledger.commands.sending_switch import StopSending
from ledger.domain.actors import SENDER
from ledger.domain.vocabulary import StopCause
from ledger.errors import BadSetting, Refused, StoreUnavailable
from ledger.ledger import Ledger


@dataclass(frozen=True)
class _SeenEvent:
    """The last event that was seen: its seq, and its Merkle leaf in hexadecimal."""

    ledger_id: str
    seq: int
    leaf: str


@dataclass(frozen=True)
class RollbackGuard:
    """Compares the ledger with the last event that this machine saw in it."""

    ledger: Ledger
    path: Path

    def check(self) -> None:
        """Stop all sending where the ledger lost its end; then store its present last event.

        An empty ledger holds nothing that could be sent twice. Raises `BadSetting` where the file
        cannot be read, `StoreUnavailable` where it cannot be written now.
        """
        seen, head = self._read(), self.ledger.reader.head()
        if seen is not None and head and not self._is_continued(seen):
            lost_since = self.ledger.reader.event(head).recorded_at
            with suppress(Refused):  # another sender did, or this one before a crash
                stop = StopSending(SENDER, StopCause.LEDGER_CUT, lost_since)
                self.ledger.execute(stop).result()
        self._write()

    def _is_continued(self, seen: _SeenEvent) -> bool:
        if seen.ledger_id != self.ledger.ledger_id or seen.seq > self.ledger.reader.head():
            return False
        return seen.seq == 0 or self._leaf(seen.seq) == seen.leaf

    def _leaf(self, seq: int) -> str:
        return self.ledger.reader.event(seq).row.leaf.hex() if seq else ""

    def _read(self) -> _SeenEvent | None:
        try:
            return _SeenEvent(**json.loads(self.path.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise BadSetting(
                f"{self.path} cannot be read. It shows whether the ledger was cut short; if you "
                "are sure that it was not, delete the file."
            ) from error

    def _write(self) -> None:
        head = self.ledger.reader.head()
        seen = _SeenEvent(self.ledger.ledger_id, head, self._leaf(head))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file.replacing(self.path) as file:
                file.write(json.dumps(asdict(seen)).encode())
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} cannot be written ({error.strerror}); the sender stores there how "
                "far the ledger was. Free some space, or make the folder writable."
            ) from error
