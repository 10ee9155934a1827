"""Commands for tests: what a unit of work does with any events, and what it lets a command see."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ledger.domain.events import Event
from ledger.errors import NotFound, Refused
from ledger.ledger import Ledger
from ledger.unit_of_work import Command, UnitOfWork

WAIT_SECONDS = 30


@dataclass(frozen=True)
class AppendEvents(Command[None]):
    """Appends events as they are, without reading anything or asking any rule."""

    events: Sequence[Event]
    streams: Collection[str] = ()

    def decide(self, work: UnitOfWork) -> None:
        work.append(*self.events)


@dataclass(frozen=True)
class Deciding(Command[Any]):
    """Decides by a function of the test's."""

    function: Callable[[UnitOfWork], Any]
    streams: Collection[str] = ()
    outlined: Collection[str] = ()

    def decide(self, work: UnitOfWork) -> Any:
        return self.function(work)


@dataclass(frozen=True)
class Refusing(Command[None]):
    """Appends what another command would, and is refused afterwards."""

    command: Command[Any]

    @property
    def streams(self) -> Collection[str]:
        return self.command.streams

    @property
    def outlined(self) -> Collection[str]:
        return self.command.outlined

    @property
    def dedupes(self) -> Collection[str]:
        return self.command.dedupes

    @property
    def prepared_events(self) -> Sequence[Event]:
        return self.command.prepared_events

    def decide(self, work: UnitOfWork) -> None:
        self.command.decide(work)
        raise Refused("Refused by the test.")


@contextmanager
def held_up(ledger: Ledger) -> Iterator[None]:
    """Decide together, after the block, whatever is handed in within it."""
    is_begun, may_go_on = threading.Event(), threading.Event()

    def wait(_work: UnitOfWork) -> None:
        is_begun.set()
        assert may_go_on.wait(WAIT_SECONDS)
        raise NotFound("Nothing is written for this one.")

    first = ledger.execute(Deciding(wait))
    assert is_begun.wait(WAIT_SECONDS)
    yield
    may_go_on.set()
    assert isinstance(first.exception(WAIT_SECONDS), NotFound)
