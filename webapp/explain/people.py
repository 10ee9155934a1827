"""What stands where a name or a number is not known, or was destroyed."""

from datetime import datetime
from typing import Protocol

from ledger.messages.phone_numbers import display
from webapp.explain.times import day_text


class Named(Protocol):
    """Somebody with a name, a number and perhaps the moment at which both were destroyed."""

    @property
    def name(self) -> str:
        """Blank where none is known."""

    @property
    def phone(self) -> str:
        """In E.164; blank where none is known."""

    @property
    def forgotten_at(self) -> datetime | None:
        """When both were destroyed; None while they are known."""


def name_of(person: Named) -> str:
    """The name, else the number, else what became of them."""
    if person.name or person.phone:
        return person.name or display(person.phone)
    return "Forgotten contact" if person.forgotten_at else "Name unknown"


def number_of(person: Named) -> str:
    """The number as people write it; where it was destroyed, when."""
    if person.forgotten_at:
        return f"forgotten on {day_text(person.forgotten_at)}"
    return display(person.phone) if person.phone else "Number unknown"
