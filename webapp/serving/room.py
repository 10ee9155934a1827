"""How much of a server the sites of one database may take, so that the rest is left to others.

A ledger whose database is frozen answers nothing, and requests for it pile up. The ledgers of one
database server freeze together, so they share a `Room`, and those of another server have another.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.serving.limits import Limits


class Share:
    """A number of something that several sites share; for use on one event loop only.

    While less than half of it is taken, every site may take more. The other half is divided evenly:
    a site that has taken its part gets no more.

    Attributes:
        sites: How many share it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self.sites = 1

    def is_free_for(self, taken_by_site: int) -> bool:
        """Whether a site that has taken that many may take another one."""
        free_for_all = self._most // 2
        part = max((self._most - free_for_all) // self.sites, 1)
        return self._taken < free_for_all or taken_by_site < part

    def take(self) -> None:
        """Take one."""
        self._taken += 1

    def give_back(self) -> None:
        """Give one back."""
        self._taken -= 1


class Room:
    """What the sites of one database server may take together."""

    def __init__(self, limits: Limits) -> None:
        self.page_requests = Share(limits.page_requests_of_database)
        self.promises = Share(limits.promises_of_database)

    def divide(self, sites: int) -> None:
        """Divide it between that many sites from now on."""
        self.page_requests.sites = self.promises.sites = max(sites, 1)


class Rooms:
    """The rooms of a server, one for each database server whose ledgers have sites there."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._mutex = threading.Lock()
        self._rooms: dict[str, Room] = {}
        self._sites: Counter[str] = Counter()

    @contextmanager
    def joined(self, database_server: str) -> Iterator[Room]:
        """Yield the room of a database server, which has one more site within the block."""
        room = self._change(database_server, 1)
        try:
            yield room
        finally:
            self._change(database_server, -1)

    def _change(self, database_server: str, by: int) -> Room:
        with self._mutex:
            room = self._rooms.setdefault(database_server, Room(self._limits))
            self._sites[database_server] += by
            room.divide(self._sites[database_server])
            return room
