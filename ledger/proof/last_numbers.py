"""The last number of each of many ids, with bounded memory."""

from collections.abc import Iterator, Mapping, Sequence

from ledger.proof.temporary_table import TemporaryTable

MOST_IN_MEMORY = 300_000
"""How many ids are kept in memory: about 40 MB of them. Beyond that, the time of each grows."""
_NUMBER_BYTES = 16


class LastNumbers:
    """Id → the number that was put last. Beyond a count, the ids are in a temporary table."""

    def __init__(self, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self._most = most_in_memory
        self._recent: dict[str, int] = {}
        self._moved = TemporaryTable("numbers", "id, number", "id")
        self._has_moved = False

    def put(self, numbers: Mapping[str, int]) -> None:
        """Keep these numbers, of at most 16 bytes, instead of earlier ones of the same ids."""
        self._recent.update(numbers)
        if len(self._recent) > self._most:
            self._move()

    def of(self, ids: Sequence[str]) -> dict[str, int]:
        """Return id → number of those that have one."""
        recent = self._recent
        if not self._has_moved:
            return {each: recent[each] for each in ids if each in recent}
        found = {each: _number(stored) for each, stored in self._moved.rows(_among(ids), ids)}
        return found | {each: recent[each] for each in ids if each in recent}

    def drop(self, ids: Sequence[str]) -> None:
        """Forget these ids."""
        for each in ids:
            self._recent.pop(each, None)
        if self._has_moved:
            self._moved.delete(_among(ids), ids)

    def items(self) -> Iterator[tuple[str, int]]:
        """Yield each id with its number."""
        if not self._has_moved:
            yield from self._recent.items()
            return
        self._move()
        for each, stored in self._moved.rows():
            yield each, _number(stored)

    def _move(self) -> None:
        rows = sorted(self._recent.items())
        self._moved.put((each, number.to_bytes(_NUMBER_BYTES)) for each, number in rows)
        self._has_moved = True
        self._recent.clear()


def _among(ids: Sequence[str]) -> str:
    return f"id IN ({', '.join('?' * len(ids))})"


def _number(stored: bytes) -> int:
    return int.from_bytes(stored)
