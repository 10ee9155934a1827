"""One message, sent now and whatever waits: a test, or one of the log again."""

from ledger.domain.webhooks import Endpoint
from ledger.errors import NotFound, Refused
from webapp.webhooks.announcer import Announcer
from webapp.webhooks.log import Try, new_try
from webapp.webhooks.message import Message, MessageType
from webapp.webhooks.personal_data import with_personal_data
from webapp.webhooks.posting import Poster
from webapp.webhooks.signing import Signer
from webapp.webhooks.turn import Sending, id_of


def send_test(sending: Sending, endpoint: Endpoint) -> Try:
    """Send a message of the type `webhook.test`. Raises `Refused` for an unreadable address."""
    now = sending.clock.now()
    data = {"sentence": "This is a test of a webhook endpoint of Delivery Ledger."}
    message = Message(type=MessageType.TEST, at=now, data=data, key=f"test at {now.isoformat()}")
    return _send(sending, endpoint, message)


def send_again(sending: Sending, endpoint: Endpoint, earlier: Try) -> Try:
    """Send the message of an earlier try again, under the same id.

    It is derived from its event again, and says of a person what may be said now. Raises `NotFound`
    where it is about no event, or the endpoint gets none of that type any more.
    """
    messages = _messages_at(sending, endpoint, earlier.seq) if earlier.seq else []
    for message in messages:
        if message.type == earlier.type:
            return _send(sending, endpoint, message)
    raise NotFound("This message is about no event, so it cannot be made again.")


def _messages_at(sending: Sending, endpoint: Endpoint, seq: int) -> list[Message]:
    reader = sending.ledger.reader
    messages = Announcer(reader, endpoint.types, seq - 1).messages([reader.event(seq)])
    return with_personal_data(reader, messages) if endpoint.has_personal_data else messages


def _send(sending: Sending, endpoint: Endpoint, message: Message) -> Try:
    if endpoint.address is None:
        raise Refused("The address of this endpoint cannot be read. Remove it and add it again.")
    now, message_id = sending.clock.now(), id_of(sending.ledger, endpoint, message)
    headers = Signer(sending.ledger.identity, endpoint).headers(message_id, message.body, now)
    poster = Poster(endpoint.address.url, allows_private=sending.endpoints.allows_private)
    try:
        answer = poster.post(headers, message.body)
    finally:
        poster.close()
    made = new_try(endpoint.endpoint_id, message, message_id, now, answer)
    sending.log.add([made])
    return made
