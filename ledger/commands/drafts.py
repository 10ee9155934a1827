"""Commands on drafts of campaigns: save, discard, and copy an earlier campaign."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from ledger.commands.launch_requests import void_request_of
from ledger.commands.offices import check_office
from ledger.commands.repository import Source, campaign_of, draft_of
from ledger.domain.draft import Draft
from ledger.domain.events import CampaignText, FollowUp, MessageVariants
from ledger.domain.names import checked_name
from ledger.domain.offices import STREAM as OFFICES
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import VoidCause
from ledger.ledger import Ledger
from ledger.messages.message_variants import check_variants
from ledger.messages.template import Template
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class DraftOrder:
    """What staff have written so far; the contacts come with the launch."""

    name: str
    message: str
    variants: MessageVariants | None = None
    """The further wordings of the message; None: all contacts get the same."""
    policy: ResendPolicy = field(default_factory=ResendPolicy)
    timing: Schedule = field(default_factory=Schedule)
    is_urgent: bool = False
    office_id: str | None = None
    """The office of the campaign; None: it belongs to the whole district."""
    follow_up: FollowUp | None = None
    """Whose contacts it goes to; None: they come with the launch."""
    list_id: str | None = None
    """The contact list that it goes to; None: the contacts come otherwise."""

    def check(self, now: datetime, zone: str) -> None:
        """Raise `BadInput` for what could never be launched; the message may still be blank.

        `zone` is the school's, for sentences about times.
        """
        checked_name(self.name, "campaign")
        if self.message.strip():
            Template.parse(self.message)
        if self.variants:
            check_variants(self.variants)
        self.policy.check()
        self.timing.check(now, zone)


@dataclass(frozen=True)
class SaveDraft(Command[None]):
    """Save a draft; `is_new` begins it. With a `request` it is done once.

    A request to launch it no longer counts.

    Raises `NotFound`, and `Refused` if it was launched or discarded.
    """

    draft_id: str
    order: DraftOrder
    by: str
    is_new: bool
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.draft_id, OFFICES] if self.order.office_id else [self.draft_id]

    def decide(self, work: UnitOfWork) -> None:
        order = self.order
        draft = work.load(Draft, self.draft_id) if self.is_new else draft_of(work, self.draft_id)
        if self.request in draft.requests:
            return
        check_office(work, order.office_id)
        void_request_of(work, draft, self.by, VoidCause.DRAFT_CHANGED)
        name = checked_name(order.name, "campaign")
        text = CampaignText(name=name, message=order.message, variants=order.variants)
        saved = draft.save(
            self.by,
            text,
            order.policy,
            order.timing,
            is_urgent=order.is_urgent,
            request=self.request,
            office_id=order.office_id,
            follow_up=order.follow_up,
            list_id=order.list_id,
        )
        work.append(saved)


@dataclass(frozen=True)
class DiscardDraft(Command[None]):
    """Discard a draft; a request to launch it no longer counts.

    Raises `NotFound`, and `Refused` if it was launched or discarded.
    """

    draft_id: str
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.draft_id]

    def decide(self, work: UnitOfWork) -> None:
        draft = draft_of(work, self.draft_id)
        work.append(draft.close(self.by))
        void_request_of(work, draft, self.by, VoidCause.DRAFT_DISCARDED)


def save_draft(
    ledger: Ledger,
    order: DraftOrder,
    by: str,
    draft_id: str | None = None,
    *,
    zone: str = "",
    request: str = "",
) -> str:
    """Save a draft and return its id; without `draft_id` it is a new draft.

    `zone` is the school's time zone. What somebody saves by the same `request` is one draft, so
    that a form that is sent twice makes one.

    Raises `BadInput`, and what `SaveDraft` raises.
    """
    order.check(ledger.clock.now(), zone)
    identity = ledger.identity
    new_id = identity.draft_id(f"{by} {request}") if request else identity.new_draft_id()
    saved_id = draft_id or new_id
    ledger.execute(SaveDraft(saved_id, order, by, is_new=draft_id is None)).result()
    return saved_id


def order_of(draft: Draft) -> DraftOrder:
    """The draft as it was last saved, to be edited."""
    text = draft.text or CampaignText(name="", message="")
    return DraftOrder(
        name=text.name,
        message=text.message,
        variants=text.variants,
        policy=draft.policy,
        timing=draft.timing,
        is_urgent=draft.is_urgent,
        office_id=draft.office_id,
        follow_up=draft.follow_up,
        list_id=draft.list_id,
    )


def clone(source: Source, campaign_id: str) -> DraftOrder:
    """A draft with the text, policy and hours of a campaign, without its contacts and times.

    It is not urgent, even where the campaign was.

    Raises `NotFound`.
    """
    campaign = campaign_of(source, campaign_id)
    text = campaign.text or CampaignText(name="", message="")
    return DraftOrder(
        name=text.name,
        message=text.message,
        variants=text.variants,
        policy=campaign.policy,
        timing=Schedule(window=campaign.chosen_window),
        office_id=campaign.office_id,
    )
