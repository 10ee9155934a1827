"""Which filters of the audit trail name something; any other would show nothing, or too much."""

from collections.abc import Collection

from ledger.domain.events import EVENT_TYPES
from ledger.errors import NotFound
from ledger.reader import LedgerReader
from ledger.store.search import Search

_TOPICS = frozenset(event_type.topic for event_type in EVENT_TYPES)


def check_search(reader: LedgerReader, search: Search, actors: Collection[str] = ()) -> None:
    """Raise `NotFound` for an id, a type or an actor that this ledger does not know.

    `actors` are known although they may not have acted yet.
    """
    campaign_id, delivery_id = search.campaign_id, search.delivery_id
    if campaign_id and not _has_events(reader, Search(campaign_id=campaign_id)):
        raise NotFound(f"There is no campaign {campaign_id}.")
    if delivery_id and not _has_events(reader, Search(delivery_id=delivery_id)):
        raise NotFound(f"There is no delivery {delivery_id}.")
    both = Search(campaign_id=campaign_id, delivery_id=delivery_id)
    if campaign_id and delivery_id and not _has_events(reader, both):
        raise NotFound(f"There is no delivery {delivery_id} in the campaign {campaign_id}.")
    contact_ids = search.contact_ids
    if contact_ids and not _has_events(reader, Search(contact_ids=contact_ids)):
        raise NotFound(f"There is no contact {','.join(contact_ids)}.")
    for topic in set(search.topics) - _TOPICS:
        raise NotFound(f"There is no type of event that is called {topic}.")
    actor = search.actor
    if actor and actor not in actors and not _has_events(reader, Search(actor=actor)):
        raise NotFound(f"Nobody with the id {actor} has acted in this ledger.")


def _has_events(reader: LedgerReader, search: Search) -> bool:
    return bool(reader.search(search, limit=1))
