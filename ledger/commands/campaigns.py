"""Commands on a whole campaign: pause, resume, close, archive, resend (R12–R15, R18)."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ledger.commands.consequences import is_forgotten
from ledger.commands.launch_rules import CountResend
from ledger.commands.merged_texts import texts_of
from ledger.commands.repository import campaign_of
from ledger.domain import resend_policy
from ledger.domain.campaign import Campaign
from ledger.domain.consent import lacks_consent
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.events import CampaignEvent, Failures
from ledger.domain.launch_rules import STREAM as RULES
from ledger.domain.launch_rules import LaunchRules, LaunchSize
from ledger.domain.vocabulary import LeftOutReason, Reason
from ledger.errors import AlreadyRecorded, CommitUnconfirmed, StoreUnavailable
from ledger.ledger import Ledger
from ledger.messages.segments import count_segments
from ledger.unit_of_work import Command, UnitOfWork

_PART = 100
"""Deliveries in one commit of a resend, so that callbacks never wait long for it."""


@dataclass(frozen=True)
class CampaignCommand(Command[None]):
    """An act on one campaign. Refused with `NotFound`, or `Refused` where its state forbids it.

    With a `request` it is done once: what this request did before, a repeat leaves as it is.
    """

    campaign_id: str
    by: str
    request: str | None = field(default=None, kw_only=True)

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        campaign = campaign_of(work, self.campaign_id)
        if self.request not in campaign.requests:
            work.append(self.event(campaign))

    def event(self, campaign: Campaign) -> CampaignEvent:
        """The event that the act records."""
        raise NotImplementedError


class PauseCampaign(CampaignCommand):
    """Start no attempts until it is resumed."""

    def event(self, campaign: Campaign) -> CampaignEvent:
        return campaign.pause(self.by, request=self.request)


class ResumeCampaign(CampaignCommand):
    """Let attempts start again."""

    def event(self, campaign: Campaign) -> CampaignEvent:
        return campaign.resume(self.by, request=self.request)


@dataclass(frozen=True)
class CloseCampaign(CampaignCommand):
    """Make no further attempts; what is pending stays pending.

    `reason` is None where staff closed it.
    """

    reason: Reason | None = None

    def event(self, campaign: Campaign) -> CampaignEvent:
        return campaign.close(self.by, reason=self.reason, request=self.request)


class ArchiveCampaign(CampaignCommand):
    """Freeze every status, in one event."""

    def event(self, campaign: Campaign) -> CampaignEvent:
        return campaign.archive(self.by, request=self.request)


@dataclass(frozen=True, kw_only=True)
class PauseFailingCampaign(CampaignCommand):
    """Pause a campaign for its failures, unless another act on it came after `act_seq`."""

    act_seq: int
    failures: Failures

    def decide(self, work: UnitOfWork) -> None:
        if work.last_seq(self.campaign_id) == self.act_seq:
            super().decide(work)

    def event(self, campaign: Campaign) -> CampaignEvent:
        return campaign.pause(self.by, reason=Reason.TOO_MANY_FAILURES, failures=self.failures)


@dataclass(frozen=True)
class PassedOver:
    """A delivery that a resend left out, and why."""

    delivery_id: str
    reason: LeftOutReason


@dataclass(frozen=True)
class Resent:
    """How many deliveries a resend changed, and which it left out."""

    count: int
    left_out: list[PassedOver]

    def __add__(self, other: "Resent") -> "Resent":
        return Resent(self.count + other.count, self.left_out + other.left_out)


@dataclass(frozen=True, kw_only=True)
class ResendOrder:
    """The deliveries that staff want to be attempted again."""

    campaign_id: str
    delivery_ids: Sequence[str]
    request: str
    """An id of the request; executing the same request twice resends once."""
    include_unreachable: bool = False
    requires_consent: bool = False
    may_approve: bool = False
    """Whether the person may approve what others prepared, by their role."""
    may_exceed_spending: bool = False
    """Whether the person may approve what goes beyond the spending limit, by their role."""

    def check_rules(self, rules: LaunchRules, campaign: Campaign, by: str) -> None:
        """Raise `Refused` where the resend needs a second person, and they are not that."""
        rules.check_resend(
            len(self.delivery_ids),
            is_by_second_person=campaign.is_second_person(by, may_approve=self.may_approve),
        )


def resend(
    ledger: Ledger,
    order: ResendOrder,
    by: str,
    *,
    progress: Callable[[int], None] = lambda _count: None,
) -> Resent:
    """Resend failed deliveries in parts, each part in one commit.

    `progress` gets the number of deliveries that were looked at so far.

    Raises `NotFound`, and `Refused` for a closed or archived campaign, and where a rule demands a
    second person for this number of contacts. Every contact that the order names counts.

    Deliveries of another campaign are ignored. Where the store is lost on the way, the parts before
    stay resent.
    """
    campaign = campaign_of(ledger.reader, order.campaign_id)
    campaign.check_resend()
    order.check_rules(ledger.reader.load(LaunchRules, RULES), campaign, by)  # before it is counted
    _count_spending(ledger, order, campaign.office_id, by)
    resent = Resent(0, [])
    for start in range(0, len(order.delivery_ids), _PART):
        part = order.delivery_ids[start : start + _PART]
        try:
            resent += ledger.execute(ResendPart(order, part, by)).result()
        except StoreUnavailable as error:
            if start == 0 or isinstance(error, CommitUnconfirmed):
                raise
            raise StoreUnavailable(
                f"The database was lost during the resend. {resent.count} of the contacts are "
                "tried again; resend once more for the others, when the database can be written."
            ) from error
        progress(start + len(part))
    return resent


def _count_spending(ledger: Ledger, order: ResendOrder, office_id: str | None, by: str) -> None:
    """Count the texts towards a spending limit, where there is one. Raises `Refused`."""
    if not ledger.reader.load(LaunchRules, RULES).has_spending_limit:
        return
    texts = texts_of(ledger.reader, order.delivery_ids).values()
    segments = sum(count_segments(text.body).count for text in texts if text)
    count = CountResend(
        campaign_id=order.campaign_id,
        size=LaunchSize(0, segments, office_id),
        dedupe=ledger.identity.dedupe("resend", order.campaign_id, [("request", order.request)]),
        by=by,
        may_exceed_spending=order.may_exceed_spending,
    )
    with suppress(AlreadyRecorded):
        ledger.execute(count).result()


@dataclass(frozen=True)
class ResendPart(Command[Resent]):
    """Resend some deliveries of an order."""

    order: ResendOrder
    delivery_ids: Sequence[str]
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.order.campaign_id, RULES, *self.delivery_ids]

    def decide(self, work: UnitOfWork) -> Resent:
        campaign = campaign_of(work, self.order.campaign_id)
        campaign.check_resend()
        self.order.check_rules(work.load(LaunchRules, RULES), campaign, self.by)
        deliveries = [
            delivery
            for delivery in work.load_all(Delivery, self.delivery_ids).values()
            if delivery.campaign_id == self.order.campaign_id
        ]
        contacts = work.load_all(Contact, {delivery.contact_id for delivery in deliveries})
        left_out = []
        for delivery in deliveries:
            reason = self._left_out(
                work, delivery, contacts[delivery.contact_id], is_reply=not campaign.is_listed
            )
            if reason:
                left_out.append(PassedOver(delivery.delivery_id, reason))
            else:
                work.append(delivery.resend(self.by, self.order.request))
        return Resent(len(deliveries) - len(left_out), left_out)

    def _left_out(
        self, work: UnitOfWork, delivery: Delivery, contact: Contact, *, is_reply: bool
    ) -> LeftOutReason | None:
        if self.order.request in delivery.requests:
            return LeftOutReason.ASKED_ALREADY
        return resend_policy.left_out_reason(
            delivery.standing,
            is_opted_out=contact.is_opted_out,
            is_forgotten=is_forgotten(work, delivery, contact),
            is_confirmation=delivery.confirm_before is not None,
            lacks_consent=self.order.requires_consent and lacks_consent(contact, is_reply=is_reply),
            include_unreachable=self.order.include_unreachable,
        )
