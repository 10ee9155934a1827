"""What was sealed last for each subject of a key, and whose key was destroyed when.

It is gathered from all rows in the order of seq, so that no query reads and sorts them once more.
"""

import base64
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ledger.domain.actors import RETENTION
from ledger.domain.events import (
    ContactFileDestroyed,
    ContactForgotten,
    ContactListDeleted,
    DraftClosed,
)
from ledger.proof.last_numbers import LastNumbers
from ledger.proof.table_scan import ACTOR, CONTACT, SEQ, STATE, STREAM, TOPIC, Row
from ledger.store.encryption import FINGERPRINT_BYTES

_SEALED = b'"private":"'
"""In the state of every event with a sealed part, and of no other: texts escape their quotes."""
_DESTROYING = {
    *(ContactForgotten.topic, ContactFileDestroyed.topic, ContactListDeleted.topic),
    DraftClosed.topic,
}
_START_CHARACTERS = 8
"""Of base64: enough for the 4 bytes of a fingerprint, with which each sealed part begins."""
_START_BITS = 8 * _START_CHARACTERS


class Sealed(NamedTuple):
    """An event with a sealed part."""

    seq: int
    start: bytes
    """The first characters of the sealed part, in base64."""

    def key_fingerprint(self) -> bytes:
        """Return the fingerprint of the key that it was sealed with; raises ValueError."""
        return base64.b64decode(self.start)[:FINGERPRINT_BYTES]


class SealingHistory:
    """The last event with a sealed part of each subject, and the last that destroyed its key."""

    def __init__(self) -> None:
        self._last = LastNumbers()
        """Seq and start of what was sealed, as one number, to save memory."""
        self._forgotten = LastNumbers()

    def take(self, rows: Iterable[Row]) -> None:
        """Add the next rows, which are in the order of their seqs."""
        last: dict[str, int] = {}
        for row in rows:
            state: bytes = row[STATE]
            mark = state.find(_SEALED)
            if mark >= 0:
                start = mark + len(_SEALED)
                number = int.from_bytes(state[start : start + _START_CHARACTERS])
                last[row[CONTACT] or row[STREAM]] = (row[SEQ] << _START_BITS) | number
            elif row[TOPIC] in _DESTROYING and (subject_id := _destroyed(row)):
                self._forgotten.put({subject_id: row[SEQ]})
        self._last.put(last)

    def forgotten(self, subject_ids: Sequence[str]) -> dict[str, int]:
        """Return contact, draft, file or list → the seq at which its key was last destroyed."""
        return self._forgotten.of(subject_ids)

    def pop_last(self, subject_ids: Sequence[str]) -> dict[str, Sealed]:
        """Return the last one of each subject that has one, and drop it."""
        last = self._last.of(subject_ids)
        self._last.drop(subject_ids)
        return {subject_id: _sealed(number) for subject_id, number in last.items()}

    def remaining(self) -> Iterator[tuple[str, Sealed]]:
        """Yield each subject whose last one was not dropped, with that one."""
        for subject_id, number in self._last.items():
            yield subject_id, _sealed(number)


def _destroyed(row: Row) -> str | None:
    """Return whose key an event destroyed; None for a draft that was closed and kept its key."""
    if row[TOPIC] == DraftClosed.topic and row[ACTOR] != RETENTION:
        return None
    subject_id: str = row[CONTACT] or row[STREAM]
    return subject_id


def _sealed(number: int) -> Sealed:
    seq, start = divmod(number, 1 << _START_BITS)
    return Sealed(seq, start.to_bytes(_START_CHARACTERS))
