"""Starts the process of the pages, in which nothing that pages do can hold up a callback."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from ledger.errors import LedgerError
from webapp.ledgers.directory import Directory
from webapp.processes import Child, child
from webapp.serving.pages_link import PagesLink, pages_socket
from webapp.settings import Settings

_END_SECONDS = 0.2


class PagesChild:
    """The process; it imports the program as soon as it is started, and waits for `begin`.

    Attributes:
        link: The way to it.
    """

    def __init__(self, process: Child, address: str) -> None:
        self._process, self.link = process, PagesLink(address)

    def begin(self, settings: Settings | Directory, *, is_demo: bool = False) -> None:
        """Let it open the ledger of these settings, or all of a directory, and serve its pages."""
        self._process.give(pickle.dumps((settings, is_demo)))

    def wait(self, stop: Event) -> None:
        """Wait until it answers, or `stop` is set. Raises `LedgerError` where it ended before."""
        if not self._process.first_line(stop) and not stop.wait(_END_SECONDS):  # Ctrl-C ends both
            raise LedgerError("The pages did not start; read the message above.")


@contextmanager
def pages_child(stop: Event) -> Iterator[PagesChild]:
    """Run the process within the block; see `child`."""
    with pages_socket() as sock:
        descriptor = sock.listener.fileno()
        arguments = ["serve-pages", "--socket", str(descriptor)]
        with child(arguments, stop, inherited=[descriptor]) as process:
            sock.listener.close()  # only who answers has it: nobody waits for one that has ended
            yield PagesChild(process, sock.address)
