"""Enrols the confirmation of an opt-out: the one text that may go to an opted-out number (R16)."""

from ledger.commands.replies import create_replies_campaign
from ledger.domain.actors import SENDER
from ledger.domain.events import ContactEnrolled, Person
from ledger.domain.opt_out_confirmation import CONFIRM_WITHIN
from ledger.domain.standing import Stage, rank
from ledger.unit_of_work import UnitOfWork


def enrol_confirmation(
    work: UnitOfWork, contact_id: str, phone: str, *, sid: str, text: str
) -> None:
    """Enrol the confirmation of the opt-out in the text with this SID, which just came.

    It belongs to the campaign of all replies. A pause of that campaign stays.
    """
    campaign_id = work.identity.replies_campaign_id()
    create_replies_campaign(work, campaign_id, SENDER)
    work.append(
        ContactEnrolled(
            originator_id=work.identity.reply_id(contact_id, f"confirmation of {sid}"),
            originator_version=1,
            actor=SENDER,
            campaign_id=campaign_id,
            contact_id=contact_id,
            turn=1,
            rank=rank(1, Stage.ENROLLED),
            position=work.next_seq(),
            private=Person(phone=phone, name="", fields={"answer": text}),
            confirm_before=work.now + CONFIRM_WITHIN,
        )
    )
