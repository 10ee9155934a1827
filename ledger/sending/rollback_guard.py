"""What a sender's machine remembers of the ledger, so that it sees when the ledger is cut short.

A ledger restored from a backup, or one that lost its end, does not know of the texts sent since:
sent from it as it is, they would be sent twice. The memory lies in a small file of this machine,
and belongs into no backup.
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
class _Mark:
    """One event of the ledger, and what it hashes to."""

    ledger_id: str
    seq: int
    leaf: str


@dataclass(frozen=True)
class RollbackGuard:
    """Compares the ledger with what this machine knew of it."""

    ledger: Ledger
    path: Path

    def check(self) -> None:
        """Stop all sending where the ledger is not what it was; then remember it as it is now.

        An empty ledger holds nothing that could be sent twice. Raises `BadSetting` where the file
        cannot be read, `StoreUnavailable` where it cannot be written now.
        """
        known, head = self._read(), self.ledger.reader.head()
        if known is not None and head and not self._is_continued(known):
            lost_since = self.ledger.reader.event(head).recorded_at
            with suppress(Refused):  # another sender did, or we ourselves, before a crash
                stop = StopSending(SENDER, StopCause.LEDGER_CUT, lost_since)
                self.ledger.execute(stop).result()
        self._write()

    def _is_continued(self, known: _Mark) -> bool:
        if known.ledger_id != self.ledger.ledger_id or known.seq > self.ledger.reader.head():
            return False
        return known.seq == 0 or self._leaf(known.seq) == known.leaf

    def _leaf(self, seq: int) -> str:
        return self.ledger.reader.event(seq).row.leaf.hex() if seq else ""

    def _read(self) -> _Mark | None:
        try:
            return _Mark(**json.loads(self.path.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise BadSetting(
                f"{self.path} cannot be read. It tells whether the ledger was cut short; where you "
                "are sure that it was not, delete the file."
            ) from error

    def _write(self) -> None:
        head = self.ledger.reader.head()
        mark = _Mark(self.ledger.ledger_id, head, self._leaf(head))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file.replacing(self.path) as file:
                file.write(json.dumps(asdict(mark)).encode())
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} cannot be written ({error.strerror}); the sender remembers there how "
                "far the ledger was. Make room, or the folder writable."
            ) from error
