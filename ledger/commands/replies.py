"""A text to one person, written in the conversation with them.

It is a delivery of no campaign that staff would know: all answers together are one that is never
listed. So an answer is sent, retried, withdrawn and proved by the same rules as every other text.
"""

from ledger.commands.repository import campaigns_of, contact_of
from ledger.domain.campaign import Campaign
from ledger.domain.events import CampaignText, ContactEnrolled, Event, Person
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Timing
from ledger.domain.standing import Stage, rank
from ledger.domain.vocabulary import CampaignState
from ledger.errors import BadInput, Refused
from ledger.ledger import Decision, Ledger
from ledger.messages.template import MAX_LENGTH

_TEXT = CampaignText(name="Answers", message="{{answer}}")
_POLICY = ResendPolicy(attempt_limit=10)


def answer(ledger: Ledger, person: Person, words: str, by: str, *, request: str) -> str:
    """Send these words to that person, and give the delivery's id.

    The same request again does nothing. Raises `BadInput` for no words or too many, and `Refused`
    where the number is opted out.
    """
    check_answer(words)
    contact_id = ledger.identity.contact_id(person.phone)
    campaign_id = ledger.identity.answers_id()
    delivery_id = ledger.identity.answer_id(contact_id, request)

    def decide() -> Decision:
        contact = contact_of(ledger, contact_id)
        if contact.is_opted_out:
            raise Refused("This number is opted out: nothing may be sent to it.")
        if ledger.stream(delivery_id):
            return Decision([])
        campaign = campaigns_of(ledger, [campaign_id])[campaign_id]
        enrolled = ContactEnrolled(
            originator_id=delivery_id,
            originator_version=1,
            actor=by,
            campaign_id=campaign_id,
            contact_id=contact_id,
            turn=1,
            rank=rank(1, Stage.ENROLLED),
            position=ledger.head() + 1,
            private=Person(phone=person.phone, name=person.name, fields={"answer": words}),
        )
        leaned_on = {contact_id: contact.version, campaign_id: campaign.version}
        return Decision([*_opened(campaign, by), enrolled], leaned_on)

    ledger.record(decide)
    return delivery_id


def check_answer(words: str) -> None:
    """Raise `BadInput` for no words, or more than a text may have."""
    if not words.strip():
        raise BadInput("Write something first.")
    if len(words) > MAX_LENGTH:
        raise BadInput(f"The text has {len(words):,} characters, and may have {MAX_LENGTH:,}.")


def _opened(campaign: Campaign, by: str) -> list[Event]:
    """What makes the answers' campaign one that sends: its beginning, or the end of a pause."""
    if campaign.state is CampaignState.PAUSED:
        return [campaign.resume(by)]
    if campaign.version:
        return []
    created = campaign.create(by, _TEXT, is_listed=False)
    begun = Campaign.from_events(campaign.campaign_id, [created])
    return [created, begun.launch(by, 0, _POLICY, Timing())]
