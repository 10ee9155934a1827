"""Commands for tests: what a unit of work does with any events, and what it lets a command see."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.domain.events import Event
from ledger.errors import Refused
from ledger.unit_of_work import Command, UnitOfWork


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
    def prepared_events(self) -> Sequence[Event]:
        return self.command.prepared_events

    def decide(self, work: UnitOfWork) -> None:
        self.command.decide(work)
        raise Refused("Refused by the test.")
