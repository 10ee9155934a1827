"""How many requests for pages are answered at once, so that the rest of the server stays free."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.serving.room import Share


class Places:
    """A number of places, and which addresses have taken them; for use on the event loop only.

    Once half of them are taken, an address that has a quarter of all gets no more: the places that
    are left are for others.
    """

    def __init__(self, most: int, share: Share | None = None) -> None:
        """`share` is what other sites take places of as well."""
        self._most = most
        self._share = share or Share(2 * most)
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken_by(self, address: str) -> Iterator[bool]:
        """Take a place within the block; the value is False where there is none."""
        if not self._has_one_for(address):
            yield False
            return
        self._taken[address] += 1
        self._share.take()
        try:
            yield True
        finally:
            self._share.give_back()
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]

    def _has_one_for(self, address: str) -> bool:
        taken = self._taken.total()
        if not self._share.is_free_for(taken):
            return False
        if taken < self._most // 2:
            return True
        return taken < self._most and self._taken[address] < self._most // 4
