"""What a process of the program does."""

from enum import StrEnum


class Role(StrEnum):
    """A part of the work; a process may have several."""

    PAGES = "pages"
    CALLBACKS = "callbacks"
    SENDING = "sending"


class SendingPart(StrEnum):
    """What a process that sends does, each part in a thread of its own."""

    SENDER = "sender"
    MAINTENANCE = "maintenance"
