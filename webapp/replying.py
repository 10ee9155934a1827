"""Replies of staff to one person, for the page of a conversation and the API."""

from ledger.commands.replies import SendReply
from ledger.domain.events import Person
from ledger.errors import NotFound
from webapp.current import application

_SENDING_IS_OFF = "Your answer is sent once all sending is allowed again."
_SENDER_IS_HELD = "Your answer is sent once a limit on the school's sender ends."
_SENT_NOW = "Your answer is sent now."


def reply_to(contact_id: str, text: str, by: str, request: str) -> SendReply:
    """Return the command that sends a reply; under one name of a request it is sent once.

    Raises `NotFound` for somebody whose number is not known, and `BadInput` for the text.
    """
    app = application()
    person = app.conversations.correspondent(contact_id)
    if person is None or not person.phone:
        raise NotFound("The number of this person is not known.")
    return SendReply.to(
        app.ledger.identity,
        Person(phone=person.phone, name=person.name, fields={}),
        text,
        by,
        request=request,
        requires_consent=app.settings.requires_consent,
        office_id=app.conversations.answered_office(contact_id),
    )


def when_sent() -> str:
    """Say when a reply that was accepted is sent."""
    return why_it_waits() or _SENT_NOW


def why_it_waits() -> str | None:
    """Say what a reply that was accepted waits for; None where it is sent now."""
    app = application()
    conditions = app.sending_conditions()
    if conditions.is_off:
        return _SENDING_IS_OFF
    return _SENDER_IS_HELD if conditions.is_sender_held(app.clock.now()) else None
