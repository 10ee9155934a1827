"""Replies of staff: texts to one person, written in a conversation.

All replies of an office belong to one campaign that is never listed. So the rules for sending,
resending, withdrawal, proof and offices are those of every other text.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.domain.campaign import Campaign
from ledger.domain.consent import lacks_consent
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.events import CampaignText, ContactEnrolled, Person
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.standing import Stage, rank
from ledger.domain.vocabulary import CampaignState
from ledger.errors import BadInput, Refused
from ledger.identity import Identity
from ledger.messages.template import MAX_LENGTH
from ledger.unit_of_work import Command, UnitOfWork

_TEXT = CampaignText(name="Answers", message="{{answer}}")
_POLICY = ResendPolicy(attempt_limit=10)


@dataclass(frozen=True, kw_only=True)
class SendReply(Command[None]):
    """Enrol a reply to a person; a repeat with the same delivery id does nothing.

    Refused if the number is opted out, and where consent is required if the person neither gave it
    nor wrote.
    """

    campaign_id: str
    contact_id: str
    delivery_id: str
    person: Person
    by: str
    requires_consent: bool = False
    office_id: str | None = None
    """The office of the text that it answers; each office has a campaign of its own for them."""

    @classmethod
    def to(
        cls,
        identity: Identity,
        person: Person,
        words: str,
        by: str,
        *,
        request: str,
        requires_consent: bool = False,
        office_id: str | None = None,
    ) -> "SendReply":
        """The command for one request; raises `BadInput` for a blank or too long text."""
        check_reply(words)
        contact_id = identity.contact_id(person.phone)
        return cls(
            campaign_id=identity.replies_campaign_id(office_id),
            contact_id=contact_id,
            delivery_id=identity.reply_id(contact_id, request),
            person=Person(phone=person.phone, name=person.name, fields={"answer": words}),
            by=by,
            requires_consent=requires_consent,
            office_id=office_id,
        )

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id, self.contact_id, self.delivery_id]

    def decide(self, work: UnitOfWork) -> None:
        if work.load(Delivery, self.delivery_id).exists:
            return
        contact = work.load(Contact, self.contact_id)
        if contact.is_opted_out:
            raise Refused("This number is opted out: nothing may be sent to it.")
        if self.requires_consent and lacks_consent(contact, is_reply=True):
            raise Refused(
                "No consent of this person is recorded, and they have not written to you. Record "
                "the consent on the contact page first."
            )
        open_replies_campaign(work, self.campaign_id, self.by, self.office_id)
        work.append(
            ContactEnrolled(
                originator_id=self.delivery_id,
                originator_version=1,
                actor=self.by,
                campaign_id=self.campaign_id,
                contact_id=self.contact_id,
                turn=1,
                rank=rank(1, Stage.ENROLLED),
                position=work.next_seq(),
                private=self.person,
            )
        )


def open_replies_campaign(
    work: UnitOfWork, campaign_id: str, by: str, office_id: str | None = None
) -> None:
    """Create and launch the campaign of the replies of an office, or resume it after a pause."""
    campaign = work.load(Campaign, campaign_id)
    if campaign.state is CampaignState.PAUSED:
        work.append(campaign.resume(by))
    create_replies_campaign(work, campaign_id, by, office_id)


def create_replies_campaign(
    work: UnitOfWork, campaign_id: str, by: str, office_id: str | None = None
) -> None:
    """Create and launch the campaign of the replies of an office, where it does not exist."""
    campaign = work.load(Campaign, campaign_id)
    if campaign.exists:
        return
    work.append(campaign.create(by, _TEXT, is_listed=False, office_id=office_id))
    created = work.load(Campaign, campaign_id)
    work.append(created.launch(by, 0, policy=_POLICY, timing=Schedule(), text=_TEXT))


def check_reply(words: str) -> None:
    """Raise `BadInput` for a blank text, or one that is too long."""
    if not words.strip():
        raise BadInput("Write something first.")
    if len(words) > MAX_LENGTH:
        raise BadInput(f"The text has {len(words):,} characters, and may have {MAX_LENGTH:,}.")
