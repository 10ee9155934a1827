"""The base of every event, and the sealed parts that several events have."""

from dataclasses import dataclass
from typing import ClassVar, TypedDict

Parameters = tuple[tuple[str, str], ...]
"""Form parameters in the order of the request, with blank and repeated ones."""


def filled(parameters: Parameters) -> dict[str, str]:
    """Return name → value without blank ones; of a repeated name the last value that is not."""
    return {name: value for name, value in parameters if value.strip()}


class Header(TypedDict):
    """The first fields of an event: its stream, its version there, and who acted."""

    originator_id: str
    originator_version: int
    actor: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; `actor` is the id of a user, `sender`, `twilio` or `unknown`."""

    topic: ClassVar[str]
    originator_id: str
    originator_version: int
    actor: str
    request_id: str | None = None
    """Of the request in which a person did it; None for all else, and in earlier events."""

    def __init_subclass__(cls) -> None:
        cls.topic = cls.__name__

    @property
    def private_part(self) -> object | None:
        """The sealed part; None for an event that has none, or whose key is destroyed."""
        return getattr(self, "private", None)

    @property
    def subject_id(self) -> str:
        """The contact or stream under whose key the private part is sealed."""
        return self.originator_id


@dataclass(frozen=True, kw_only=True)
class PhoneNumber:
    """An E.164 number."""

    phone: str


@dataclass(frozen=True, kw_only=True)
class Form:
    """All parameters of a request by the provider."""

    parameters: Parameters
