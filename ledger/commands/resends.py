"""Resends by staff: at once, or after somebody else approved them (R18)."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ledger.commands.consequences import is_forgotten
from ledger.commands.launch_rules import CountResend
from ledger.commands.merged_texts import texts_of
from ledger.commands.repository import Source, campaign_of
from ledger.commands.resend_requests import (
    ApproveResend,
    AskForResend,
    FinishResend,
    resend_request_of,
)
from ledger.domain import resend_policy
from ledger.domain.consent import lacks_consent
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.events import ResendSelection
from ledger.domain.launch_rules import STREAM as RULES
from ledger.domain.launch_rules import LaunchRules, LaunchSize
from ledger.domain.resend_request import deliveries_digest
from ledger.domain.vocabulary import LeftOutReason
from ledger.errors import (
    AlreadyRecorded,
    CommitUnconfirmed,
    Refused,
    ResendWaitsForApproval,
    StoreUnavailable,
)
from ledger.ledger import Ledger
from ledger.messages.segments import count_segments
from ledger.unit_of_work import Command, UnitOfWork

_NEEDS_APPROVAL = (
    "A resend to so many contacts waits for somebody else's approval. Ask for it once more, or "
    "select fewer contacts, such as those that failed for one reason."
)
_PART = 100
"""Deliveries in one commit of a resend, so that callbacks never wait long for it."""


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

    def with_repeats(self) -> "Resent":
        """Return the same, with those counted that this request had resent to before."""
        left_out = [
            each for each in self.left_out if each.reason is not LeftOutReason.ASKED_ALREADY
        ]
        return Resent(self.count + len(self.left_out) - len(left_out), left_out)


@dataclass(frozen=True, kw_only=True)
class ResendOrder:
    """The deliveries that staff want to be attempted again."""

    campaign_id: str
    delivery_ids: Sequence[str]
    request: str
    """An id of the request; executing the same request twice resends once."""
    selection: ResendSelection | None = None
    """What named the deliveries: the request for an approval names them so."""
    include_unreachable: bool = False
    requires_consent: bool = False
    may_exceed_spending: bool = False
    """Whether the person may approve what goes beyond the spending limit, by their role."""
    token_maker: str | None = None
    """Who made the API token of the program that asks; None without a token."""
    approved_as: str | None = None
    """The id of the request by which it was approved; None where it needs no approval."""

    def check_approval(self, source: Source) -> None:
        """Raise `Refused` where somebody else has to approve it, and nobody has."""
        if self.approved_as is not None:
            resend_request_of(source, self.approved_as).approved()
        elif source.load(LaunchRules, RULES).needs_approval(len(self.delivery_ids)):
            raise Refused(_NEEDS_APPROVAL)


def resend(
    ledger: Ledger,
    order: ResendOrder,
    by: str,
    *,
    progress: Callable[[int], None] = lambda _count: None,
) -> Resent:
    """Resend failed deliveries in parts, each part in one commit.

    `progress` gets the number of deliveries that were looked at so far.

    Raises `NotFound`, and `Refused` for a closed or archived campaign. Above the number of contacts
    that one person may text alone it becomes a request and raises `ResendWaitsForApproval`, also
    where it is repeated under its name. Every contact that the order names counts.

    Deliveries of another campaign are ignored. Where the store is lost on the way, the parts before
    stay resent.
    """
    campaign = campaign_of(ledger.reader, order.campaign_id)
    campaign.check_resend()
    rules = ledger.reader.load(LaunchRules, RULES)
    if rules.needs_approval(len(order.delivery_ids)):
        resend_id = _approved_request(ledger, order, by)
        return resend_approved(
            ledger,
            resend_id,
            order.delivery_ids,
            requires_consent=order.requires_consent,
            progress=progress,
        )
    if rules.has_spending_limit:
        with suppress(AlreadyRecorded):
            ledger.execute(_count(ledger, order, by, campaign.office_id)).result()
    return _resend_parts(ledger, order, by, progress)


def _approved_request(ledger: Ledger, order: ResendOrder, by: str) -> str:
    """Ask for approval, and return the id of the request once it was approved.

    Raises `ResendWaitsForApproval` before that, and `Refused` where it was refused.
    """
    if order.selection is None:
        raise Refused(_NEEDS_APPROVAL)
    resend_id = ledger.identity.resend_request_id(order.campaign_id, order.request)
    ask = AskForResend(
        resend_id=resend_id,
        campaign_id=order.campaign_id,
        selection=order.selection,
        contact_count=len(order.delivery_ids),
        deliveries_digest=deliveries_digest(order.delivery_ids),
        request=order.request,
        by=by,
        token_maker=order.token_maker,
    )
    ledger.execute(ask).result()
    request = resend_request_of(ledger.reader, resend_id)
    if request.is_waiting:
        raise ResendWaitsForApproval(resend_id)
    request.approved()
    return resend_id


def approve_resend(
    ledger: Ledger,
    resend_id: str,
    delivery_ids: Sequence[str],
    by: str,
    *,
    token_maker: str | None = None,
    may_exceed_spending: bool = False,
) -> None:
    """Approve a resend to the deliveries that its request names; `resend_approved` follows.

    Raises what `ApproveResend` does, and `Refused` for other deliveries.
    """
    request = resend_request_of(ledger.reader, resend_id)
    asked = request.waiting()
    request.check_deliveries(delivery_ids)
    order = ResendOrder(
        campaign_id=asked.campaign_id,
        delivery_ids=delivery_ids,
        request=asked.request,
        may_exceed_spending=may_exceed_spending,
    )
    count = _count(ledger, order, by, asked.office_id)
    ledger.execute(ApproveResend(resend_id, by, count=count, token_maker=token_maker)).result()


def resend_approved(
    ledger: Ledger,
    resend_id: str,
    delivery_ids: Sequence[str],
    *,
    requires_consent: bool = False,
    progress: Callable[[int], None] = lambda _count: None,
) -> Resent:
    """Carry out a resend that was approved, or what is left of one that was cut off.

    Once it is finished nobody is texted any more: whom it left out stays left out.
    Raises `Refused` for deliveries that the request does not name, and where the campaign was
    closed or archived meanwhile, which ends the request.
    """
    request = resend_request_of(ledger.reader, resend_id)
    asked, by = request.approved(), request.approved_by or ""
    request.check_deliveries(delivery_ids)
    order = ResendOrder(
        campaign_id=asked.campaign_id,
        delivery_ids=delivery_ids,
        request=asked.request,
        include_unreachable=asked.selection.include_unreachable,
        requires_consent=requires_consent,
        approved_as=resend_id,
    )
    if request.is_finished:
        return Resent(_resent_before(ledger, order), [])
    try:
        resent = _resend_parts(ledger, order, by, progress).with_repeats()
    except Refused:
        _finish_early(ledger, resend_id, order, by)
        raise
    finish = FinishResend(resend_id, by, resent=resent.count, left_out=len(resent.left_out))
    ledger.execute(finish).result()
    return resent


def _finish_early(ledger: Ledger, resend_id: str, order: ResendOrder, by: str) -> None:
    """Record what became of a resend that its campaign forbids by now."""
    resent = _resent_before(ledger, order)
    left_out = len(order.delivery_ids) - resent
    ledger.execute(FinishResend(resend_id, by, resent=resent, left_out=left_out)).result()


def _resent_before(ledger: Ledger, order: ResendOrder) -> int:
    """Return how many contacts this request was resent to so far."""
    deliveries = ledger.reader.load_all(Delivery, order.delivery_ids).values()
    return sum(order.request in delivery.requests for delivery in deliveries)


def _resend_parts(
    ledger: Ledger, order: ResendOrder, by: str, progress: Callable[[int], None]
) -> Resent:
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


def _count(ledger: Ledger, order: ResendOrder, by: str, office_id: str | None) -> CountResend:
    """Return what counts the texts of a resend towards the spending limits, where there are any."""
    segments = 0
    if ledger.reader.load(LaunchRules, RULES).has_spending_limit:
        texts = texts_of(ledger.reader, order.delivery_ids).values()
        segments = sum(count_segments(text.body).count for text in texts if text)
    return CountResend(
        campaign_id=order.campaign_id,
        size=LaunchSize(0, segments, office_id),
        dedupe=ledger.identity.dedupe("resend", order.campaign_id, [("request", order.request)]),
        by=by,
        may_exceed_spending=order.may_exceed_spending,
    )


@dataclass(frozen=True)
class ResendPart(Command[Resent]):
    """Resend some deliveries of an order."""

    order: ResendOrder
    delivery_ids: Sequence[str]
    by: str

    @property
    def streams(self) -> Collection[str]:
        approved = [self.order.approved_as] if self.order.approved_as else []
        return [self.order.campaign_id, RULES, *approved, *self.delivery_ids]

    def decide(self, work: UnitOfWork) -> Resent:
        campaign = campaign_of(work, self.order.campaign_id)
        campaign.check_resend()
        self.order.check_approval(work)
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
