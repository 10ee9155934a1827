"""Up to which size of the ledger each of its public keys counts.

When the key is changed, the old and the new key sign one checkpoint. Whoever has the old key can
sign with it afterwards as well, but cannot sign with the new one. So a key retires at the size of
the first checkpoint that a newer key signed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ledger.errors import BadInput
from ledger.proof.note_keys import NamedKey
from ledger.proof.signed_note import is_signed


@dataclass(frozen=True)
class DatedKey:
    """A public key; `until` is the last size for which it counts, None for the key in use.

    As a line of keys.txt: `delivery-ledger/led_…+8c6f2a01+AbC…= until 2099`
    """

    key: NamedKey
    until: int | None

    def __str__(self) -> str:
        """A line of keys.txt."""
        return str(self.key) if self.until is None else f"{self.key} until {self.until}"

    def counts_at(self, size: int) -> bool:
        """Whether the key had not been replaced yet when the ledger had that size."""
        return self.until is None or size <= self.until


def dated(keys: Sequence[NamedKey], kept: Sequence[tuple[int, str]]) -> list[DatedKey]:
    """Return the keys with their last sizes.

    `keys` are those of a ledger, the newest first; `kept` are the sizes and signed notes of all its
    checkpoints, in their order.
    """
    last = max((size for size, _ in kept), default=0)
    dated_keys = [DatedKey(key, None) for key in keys[:1]]
    for place in range(1, len(keys)):
        signed = (size for size, note in kept if _is_signed(note, keys[:place]))
        dated_keys.append(DatedKey(keys[place], next(signed, last)))
    return dated_keys


def _is_signed(note: str, keys: Iterable[NamedKey]) -> bool:
    try:
        return is_signed(note, keys)
    except BadInput:
        return False
