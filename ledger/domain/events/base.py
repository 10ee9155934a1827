"""What every event has, and the sealed parts that events share."""

from dataclasses import dataclass
from typing import ClassVar, TypedDict

Parameters = tuple[tuple[str, str], ...]
"""Form parameters in the order in which they came, blank and repeated ones too."""


class Header(TypedDict):
    """The first fields of an event: its place in a stream, and who acted."""

    originator_id: str
    originator_version: int
    actor: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """A place in a stream, and who acted: a user's id, `sender` or `twilio`."""

    topic: ClassVar[str]
    originator_id: str
    originator_version: int
    actor: str

    def __init_subclass__(cls) -> None:
        cls.topic = cls.__name__

    @property
    def private_part(self) -> object | None:
        """The sealed part; None for an event that has none, or whose key is gone."""
        return getattr(self, "private", None)

    @property
    def subject_id(self) -> str:
        """Under whose key the private part is sealed."""
        return self.originator_id


@dataclass(frozen=True, kw_only=True)
class PhoneNumber:
    """An E.164 number alone."""

    phone: str


@dataclass(frozen=True, kw_only=True)
class Form:
    """A request of the provider's, whole."""

    parameters: Parameters
