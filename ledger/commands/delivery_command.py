"""The base of commands about one delivery that return whether they changed anything."""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.unit_of_work import Command


@dataclass(frozen=True)
class DeliveryCommand(Command[bool]):
    """A command about one delivery; each says what it returns."""

    delivery_id: str

    @property
    def streams(self) -> Collection[str]:
        return [self.delivery_id]
