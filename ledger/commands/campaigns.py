"""Staff's acts on a whole campaign: pause, resume, close, archive, resend (R12–R15, R18)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from ledger.commands.repository import campaign_of, contacts_of, deliveries_of
from ledger.domain import resend_policy as resending
from ledger.domain.campaign import Campaign
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.events import CampaignEvent, Failures
from ledger.domain.vocabulary import LeftOut, Reason
from ledger.ledger import Decision, Ledger

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


def close_late(ledger: Ledger, campaign_id: str, by: str) -> None:
    """Close a campaign whose time for sending has passed. Raises `NotFound`, `Refused`."""
    _act(ledger, campaign_id, lambda campaign: campaign.close(by, reason=Reason.TOO_LATE))


def pause_failing(
    ledger: Ledger, campaign_id: str, by: str, *, act_seq: int, failures: Failures
) -> None:
    """Pause a campaign for its failures, unless `act_seq` is no more the last act on it.

    Raises `NotFound`, `Refused`.
    """

    def decide() -> Decision:
        campaign = campaign_of(ledger, campaign_id)
        if ledger.stream(campaign_id)[campaign.version - 1].seq != act_seq:
            return Decision([])
        reason = Reason.TOO_MANY_FAILURES
        return Decision([campaign.pause(by, reason=reason, failures=failures)])

    ledger.record(decide)


def archive(ledger: Ledger, campaign_id: str, by: str) -> None:
    """Freeze every status, in one event. Raises `NotFound`, `Refused`."""
    _act(ledger, campaign_id, lambda campaign: campaign.archive(by))


@dataclass(frozen=True)
class PassedOver:
    """A delivery that a resend did not touch, and why."""

    delivery_id: str
    reason: LeftOut


@dataclass(frozen=True)
class Resent:
    """What a resend did."""

    count: int
    left_out: list[PassedOver]


@dataclass(frozen=True, kw_only=True)
class ResendOrder:
    """What staff want tried again."""

    campaign_id: str
    delivery_ids: Sequence[str]
    request: str
    """The same request, given twice, sends once."""
    include_unreachable: bool = False


def resend(ledger: Ledger, order: ResendOrder, by: str) -> Resent:
    """Try failed deliveries again, in parts, each part in one commit.

    Raises `NotFound`, and `Refused` for a closed or archived campaign. Deliveries of another
    campaign are passed over in silence.
    """
    campaign_of(ledger, order.campaign_id).check_resend()
    count = 0
    left: list[PassedOver] = []
    for start in range(0, len(order.delivery_ids), _PART):
        part = order.delivery_ids[start : start + _PART]
        done = ledger.decide(partial(_resend_part, ledger, order, part, by))
        count += done.count
        left += done.left_out
    return Resent(count, left)


def _resend_part(
    ledger: Ledger, order: ResendOrder, delivery_ids: Sequence[str], by: str
) -> tuple[Decision, Resent]:
    campaign = campaign_of(ledger, order.campaign_id)
    campaign.check_resend()
    deliveries = [
        delivery
        for delivery in deliveries_of(ledger, delivery_ids).values()
        if delivery.campaign_id == order.campaign_id
    ]
    contacts = contacts_of(ledger, {delivery.contact_id for delivery in deliveries})
    reasons = {d.delivery_id: _left_out(d, contacts[d.contact_id], order) for d in deliveries}
    events = [d.resend(by, order.request) for d in deliveries if reasons[d.delivery_id] is None]
    left = [PassedOver(d, reason) for d, reason in reasons.items() if reason]
    return Decision(events, _versions(campaign, contacts.values())), Resent(len(events), left)


def _left_out(delivery: Delivery, contact: Contact, order: ResendOrder) -> LeftOut | None:
    if order.request in delivery.requests:
        return LeftOut.ASKED_ALREADY
    return resending.left_out(
        delivery.standing,
        is_opted_out=contact.is_opted_out,
        is_forgotten=delivery.person is None,
        include_unreachable=order.include_unreachable,
    )


def _versions(campaign: Campaign, contacts: Iterable[Contact]) -> dict[str, int]:
    versions = {contact.contact_id: contact.version for contact in contacts}
    return {campaign.campaign_id: campaign.version, **versions}


def _act(ledger: Ledger, campaign_id: str, verb: Callable[[Campaign], CampaignEvent]) -> None:
    ledger.record(lambda: Decision([verb(campaign_of(ledger, campaign_id))]))
