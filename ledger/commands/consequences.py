"""What news of an attempt brings with it: an opt-out, or the end of trying (R16)."""

from ledger.commands.contacts import provider_opt_out
from ledger.commands.repository import surroundings_of, with_person
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.events import DeliveryEvent
from ledger.domain.vocabulary import Reason
from ledger.ledger import Decision, Ledger
from ledger.unit_of_work import Reader


def why_not_to_send(delivery: Delivery, contact: Contact) -> Reason | None:
    """Why nothing more may go to this contact by this delivery; None where it may (R16)."""
    if contact.is_opted_out:
        return Reason.OPTED_OUT
    if contact.was_forgotten and delivery.person is None:
        return Reason.FORGOTTEN
    return None


def with_consequences(
    ledger: Ledger, reader: Reader, delivery: Delivery, event: DeliveryEvent
) -> Decision:
    """The event with what follows: the provider's opt-out, or a withdrawal of what would wait.

    For decisions that are taken under the writer's lock.
    """
    campaign, contact = surroundings_of(reader, delivery)
    after = delivery.after(event)
    if getattr(event, "reason", None) is Reason.OPTED_OUT:
        known = with_person(ledger, delivery)
        withdrawn = provider_opt_out(reader, contact, known, event.actor)
        waits = after.standing.awaits_attempt and not campaign.is_archived
        own = [after.withdraw(event.actor, Reason.OPTED_OUT)] if waits else []
        return Decision([event, *own, *withdrawn.events], withdrawn.leaned_on)
    if not after.standing.awaits_attempt:
        return Decision([event])
    if contact.was_forgotten:
        after = with_person(ledger, after)
    reason = why_not_to_send(after, contact)
    if reason and not campaign.is_archived:
        return Decision([event, after.withdraw(event.actor, reason)])
    return Decision([event])
