"""The base of commands about one delivery."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from ledger.unit_of_work import Command

T = TypeVar("T")


@dataclass(frozen=True)
class DeliveryCommand(Command[T]):
    """A command about one delivery. It returns a T."""

    delivery_id: str

    @property
    def streams(self) -> Collection[str]:
        return [self.delivery_id]
