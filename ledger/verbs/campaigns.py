"""Staff's acts on a whole campaign: pause, resume, close, archive, resend (R12–R15, R18)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from ledger import resend as resending
from ledger.campaign import Campaign
from ledger.contact import Contact
from ledger.events import CampaignEvent
from ledger.ledger import Decision, Ledger
from ledger.verbs.lookup import campaign_of, contacts_of, deliveries_of
from ledger.vocabulary import Reason

_PART = 200


def pause(ledger: Ledger, campaign_id: str, by: str) -> None:
    """No attempt starts until it is resumed. Raises `NotFound`, `Refused`."""
    _act(ledger, campaign_id, lambda campaign: campaign.pause(by))


def resume(ledger: Ledger, campaign_id: str, by: str) -> None:
    """Attempts may start again. Raises `NotFound`, `Refused`."""
    _act(ledger, campaign_id, lambda campaign: campaign.resume(by))


def close(ledger: Ledger, campaign_id: str, by: str) -> None:
    """No further attempts; what is pending stays pending. Raises `NotFound`, `Refused`."""
    _act(ledger, campaign_id, lambda campaign: campaign.close(by))


def archive(ledger: Ledger, campaign_id: str, by: str) -> None:
    """Freeze every status, in one event. Raises `NotFound`, `Refused`."""
    _act(ledger, campaign_id, lambda campaign: campaign.archive(by))


@dataclass(frozen=True)
class LeftOut:
    """A failed delivery that a resend did not touch, and why."""

    delivery_id: str
    reason: Reason


@dataclass(frozen=True)
class Resent:
    """What a resend did."""

    count: int
    left_out: list[LeftOut]


def resend(
    ledger: Ledger,
    campaign_id: str,
    by: str,
    *,
    failed: list[str],
    include_unreachable: bool = False,
) -> Resent:
    """Try failed deliveries again: those of `failed`, in parts, each part in one commit.

    Raises `NotFound`, and `Refused` for a closed or archived campaign. A delivery that is not
    failed any more is passed over.
    """
    campaign_of(ledger, campaign_id).check_resend()
    count = 0
    left: list[LeftOut] = []
    for start in range(0, len(failed), _PART):
        part = failed[start : start + _PART]
        verb = partial(_resend_part, ledger, campaign_id, by, part, include_unreachable)
        done = ledger.decide(verb)
        count += done.count
        left += done.left_out
    return Resent(count, left)


def _resend_part(
    ledger: Ledger,
    campaign_id: str,
    by: str,
    delivery_ids: list[str],
    include_unreachable: bool,  # noqa: FBT001 - private, handed on by one caller
) -> tuple[Decision, Resent]:
    campaign = campaign_of(ledger, campaign_id)
    campaign.check_resend()
    deliveries = [
        delivery
        for delivery in deliveries_of(ledger, delivery_ids).values()
        if delivery.campaign_id == campaign_id
    ]
    contacts = contacts_of(ledger, {delivery.contact_id for delivery in deliveries})
    reasons = {
        delivery.delivery_id: resending.left_out(
            delivery.standing,
            is_opted_out=contacts[delivery.contact_id].is_opted_out,
            is_forgotten=delivery.person is None,
            include_unreachable=include_unreachable,
        )
        for delivery in deliveries
    }
    events = [d.resend(by) for d in deliveries if reasons[d.delivery_id] is None]
    left = [LeftOut(d, reason) for d, reason in reasons.items() if isinstance(reason, Reason)]
    return Decision(events, _versions(campaign, contacts.values())), Resent(len(events), left)


def _versions(campaign: Campaign, contacts: Iterable[Contact]) -> dict[str, int]:
    versions = {contact.contact_id: contact.version for contact in contacts}
    return {campaign.campaign_id: campaign.version, **versions}


def _act(ledger: Ledger, campaign_id: str, verb: Callable[[Campaign], CampaignEvent]) -> None:
    ledger.record(lambda: Decision([verb(campaign_of(ledger, campaign_id))]))
