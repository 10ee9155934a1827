"""Writing a campaign before there is one: save, discard, and begin from one that there was."""

from dataclasses import dataclass, field

from ledger.commands.launch import check_name
from ledger.commands.repository import campaign_of
from ledger.domain.draft import Draft
from ledger.domain.events import CampaignText
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Timing
from ledger.errors import NotFound
from ledger.ledger import Decision, Ledger
from ledger.messages.template import Template
from ledger.unit_of_work import Reader


@dataclass(frozen=True, kw_only=True)
class DraftOrder:
    """What staff have written so far; the contacts come with the launch."""

    name: str
    message: str
    policy: ResendPolicy = field(default_factory=ResendPolicy)
    timing: Timing = field(default_factory=Timing)

    def check(self) -> None:
        """Raise `BadInput` for what could never be launched; a blank message may still come."""
        check_name(self.name)
        if self.message.strip():
            Template.parse(self.message)
        self.policy.check()


def draft_of(reader: Reader, draft_id: str) -> Draft:
    """The draft; raises `NotFound`."""
    draft = Draft.from_events(draft_id, reader.events_of([draft_id])[draft_id])
    if not draft.version:
        raise NotFound(f"There is no draft {draft_id}; see `draft list` for those there are.")
    return draft


def order_of(draft: Draft) -> DraftOrder:
    """The draft as it was saved last, to be written on."""
    text = draft.text or CampaignText(name="", message="")
    return DraftOrder(
        name=text.name, message=text.message, policy=draft.policy, timing=draft.timing
    )


def save(ledger: Ledger, order: DraftOrder, by: str, draft_id: str | None = None) -> str:
    """Save a draft, a new one where no id is given, and give its id.

    Raises `BadInput`, `NotFound`, and `Refused` where it was launched or discarded.
    """
    order.check()
    saved_id = draft_id or ledger.identity.new_draft_id()
    text = CampaignText(name=order.name.strip(), message=order.message)

    def decide() -> Decision:
        draft = draft_of(ledger, saved_id) if draft_id else Draft(draft_id=saved_id)
        return Decision([draft.save(by, text, order.policy, order.timing)])

    ledger.record(decide)
    return saved_id


def discard(ledger: Ledger, draft_id: str, by: str) -> None:
    """Put a draft away. Raises `NotFound`, `Refused`."""
    ledger.record(lambda: Decision([draft_of(ledger, draft_id).close(by)]))


def clone(ledger: Ledger, campaign_id: str) -> DraftOrder:
    """A draft with text, policy and hours of a campaign; its contacts and times are not taken.

    Raises `NotFound`.
    """
    campaign = campaign_of(ledger, campaign_id)
    text = campaign.text or CampaignText(name="", message="")
    return DraftOrder(
        name=text.name,
        message=text.message,
        policy=campaign.policy,
        timing=Timing(window=campaign.timing.window),
    )
