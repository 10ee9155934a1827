"""The contacts of one phone: what concerns a phone is recorded for all of them.

Since ids are made from a phone's first spelling, a phone has one contact. Ledgers of earlier
versions may hold others, made from another spelling (`+521…` for `+52…`) or from another channel
(`whatsapp:+1…`). An id cannot be computed back, so they are found by the sealed number.
"""

from collections.abc import Collection, Iterable, Iterator

from ledger.domain.contact import Contact
from ledger.domain.events import Event, Form, Person, PhoneNumber, filled
from ledger.identity import Identity
from ledger.messages.phone_numbers import from_provider
from ledger.reader import LedgerReader
from ledger.store.search import Search
from ledger.unit_of_work import UnitOfWork

UNKNOWN_CONTACT = "Nothing is known of this contact; check the number."


def other_contacts(work: UnitOfWork, contact_id: str, phone: str | None) -> list[Contact]:
    """Return the other contacts of the phone: that of its number, and those of other spellings.

    Contacts of other spellings are left out where the ledger does not know them.
    """
    if phone is None:
        return []
    number, *others = work.identity.contact_ids(from_provider(phone))
    known = [other for other in others if _is_known(work, other)]
    return [work.load(Contact, other) for other in (number, *known) if other != contact_id]


def contacts_with_data(work: UnitOfWork, contact_id: str) -> list[Contact]:
    """Return the contact, that of its number, and all others of the phone with personal data.

    The first two are there even if nothing is known of them. Unlike `other_contacts`, it returns
    the contacts of other channels too.
    """
    phone, identity = phone_of(work, contact_id), work.identity
    if phone is None:
        return [work.load(Contact, contact_id)]
    number = from_provider(phone)
    first, *others = (*identity.contact_ids(number), *identity.channel_contact_ids(number))
    ids = dict.fromkeys([contact_id, first, *filter(work.has_key, others)])
    return [work.load(Contact, each) for each in ids]


def phone_of(work: UnitOfWork, contact_id: str) -> str | None:
    """Return the contact's number, or the sender name in its place, unsealed; None without any."""
    streams = (*work.deliveries_of(contact_id), contact_id)
    return first_phone(work.first_event(stream_id) for stream_id in streams)


def deliveries_to(
    reader: LedgerReader, identity: Identity, phones: Collection[str]
) -> dict[str, list[str]]:
    """Return phone → the ids of all deliveries to it, in any campaign."""
    contact_ids = {phone: identity.contact_ids(phone) for phone in phones}
    deliveries = reader.deliveries_of_all([each for ids in contact_ids.values() for each in ids])
    return {
        phone: [d for each in ids for d in deliveries[each]] for phone, ids in contact_ids.items()
    }


def known_contact_id(reader: LedgerReader, identity: Identity, phone: str) -> str:
    """Return the id of the phone to act on, that of its number unless an earlier version made it.

    An id that only strays name is left out: nothing is stored for it.
    """
    ids = known_contact_ids(reader, identity, phone)
    acted_on = (i for i in ids if reader.first_events([i]) or reader.deliveries_of(i))
    return next(acted_on, identity.contact_id(phone))


def known_contact_ids(
    reader: LedgerReader, identity: Identity, phone: str, *, until: int | None = None
) -> Iterator[str]:
    """Yield each id of the phone of which there are events, that of its number first.

    With `until` only events up to that seq count.
    """
    ids = (*identity.contact_ids(phone), *identity.channel_contact_ids(phone))
    return (i for i in ids if reader.search(_of_contact(i, until), limit=1))


def _of_contact(contact_id: str, until: int | None) -> Search:
    search = Search(contact_ids=(contact_id,))
    return search if until is None else search.ending_before(until + 1)


def phone_in(event: Event | None) -> str | None:
    """Return the number, or the sender name in its place, in an event of a contact or enrolment."""
    match event and event.private_part:
        case PhoneNumber(phone=phone) | Person(phone=phone):
            return phone
        case Form(parameters=parameters):
            return filled(parameters).get("From")
    return None


def first_phone(events: Iterable[Event | None]) -> str | None:
    """Return the first number or sender name in these events; None where none has any."""
    return next((phone for event in events if (phone := phone_in(event))), None)


def _is_known(work: UnitOfWork, contact_id: str) -> bool:
    return work.load(Contact, contact_id).exists or bool(work.deliveries_of(contact_id))
