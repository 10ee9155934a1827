"""Forgetting a contact: what waits is withdrawn and the key destroyed, in one commit, for good.

What is sealed under the key cannot be read afterwards by anybody; statuses, proofs and an opt-out
stay. A later upload of the number begins anew, with a new key.
"""

from ledger.commands.contacts import withdrawals
from ledger.commands.repository import contact_of
from ledger.domain.events import ContactForgotten
from ledger.domain.vocabulary import Reason
from ledger.errors import NotFound, Refused
from ledger.ledger import Decision, Ledger
from ledger.store.search import Search


def forget(ledger: Ledger, contact_id: str, by: str) -> int:
    """Destroy what is personal of this contact; gives how many deliveries it withdrew.

    Raises `NotFound` for a contact never heard of, and `Refused` where nothing personal was
    stored since it was last forgotten.
    """

    def decide() -> tuple[Decision, int]:
        check_forgettable(ledger, contact_id)
        withdrawn = withdrawals(ledger, contact_id, by, reason=Reason.FORGOTTEN)
        event = contact_of(ledger, contact_id).forget(by)
        decision = Decision([event, *withdrawn.events], withdrawn.leaned_on, forgotten=[contact_id])
        return decision, len(withdrawn.events)

    return ledger.decide(decide)


def check_forgettable(ledger: Ledger, contact_id: str) -> None:
    """Raise what `forget` would raise."""
    if ledger.with_key([contact_id]):
        return
    contact = contact_of(ledger, contact_id)
    if contact.was_forgotten:
        raise Refused("This contact has been forgotten already; nothing was stored since.")
    if not contact.version and not ledger.deliveries_of(contact_id):
        raise NotFound("Nothing is known of this contact; check the number.")


def forgotten(ledger: Ledger) -> list[str]:
    """The ids of all who were forgotten and of whom nothing personal was stored since."""
    entries = ledger.search(Search(topics=(ContactForgotten.topic,)))
    found = dict.fromkeys(entry.contact_id for entry in entries if entry.contact_id)
    known = ledger.with_key(found)
    return [contact_id for contact_id in found if contact_id not in known]
