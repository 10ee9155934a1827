"""The name and number of a person, and what is shown if they are unknown or destroyed."""

from datetime import datetime
from typing import Protocol

from ledger.messages.phone_numbers import display
from webapp.explain.times import day_text


class Named(Protocol):
    """A person with a name, a number and the time at which both were destroyed, if they were."""

    @property
    def name(self) -> str:
        """Blank if unknown."""

    @property
    def phone(self) -> str:
        """In E.164; blank if unknown."""

    @property
    def forgotten_at(self) -> datetime | None:
        """When both were destroyed; None if they were not."""


def name_of(person: Named) -> str:
    """Return the name, else the number, else why neither is known."""
    if person.name or person.phone:
        return person.name or display(person.phone)
    return "Forgotten contact" if person.forgotten_at else "Name unknown"


def number_of(person: Named) -> str:
    """Return the number as people write it, or when it was destroyed."""
    if person.forgotten_at:
        return f"forgotten on {day_text(person.forgotten_at)}"
    return display(person.phone) if person.phone else "Number unknown"


def name_without_number(person: Named) -> str:
    """Return the name; without one the last four digits of the number, or why neither is known."""
    if person.phone and not person.name:
        return f"Number ending {person.phone[-4:]}"
    return name_of(person)
