"""Commands on a number, in all campaigns: opt-out and opt-in, by staff or by text (R16)."""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.commands.consequences import record_opt_in, record_opt_out
from ledger.domain.actors import TWILIO
from ledger.domain.contact import Contact
from ledger.domain.events import Form, InboundReceived, Parameters, filled
from ledger.identity import Identity
from ledger.messages.opt_out_keywords import OptOutKeyword, keyword_of
from ledger.messages.phone_numbers import from_provider
from ledger.unit_of_work import Command, UnitOfWork

TWILIO_STILL_BLOCKS = "Twilio still blocks this number until the person texts START to you."
"""The sentence for staff after `OptIn` returned True."""


@dataclass(frozen=True)
class OptOut(Command[int]):
    """Opt a contact out for staff; returns the number of withdrawn deliveries.

    `phone` is the E.164 number; it is stored for a contact without deliveries. Refused if the
    contact is opted out already.
    """

    contact_id: str
    by: str
    phone: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> int:
        contact = work.load(Contact, self.contact_id)
        return record_opt_out(work, contact.opt_out(self.by, "staff", self.phone))


@dataclass(frozen=True)
class OptIn(Command[bool]):
    """Opt a contact in for staff; returns whether a STOP or Twilio had opted the number out.

    Then Twilio still blocks the number until the person texts START. Refused if the contact is not
    opted out.
    """

    contact_id: str
    by: str
    phone: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> bool:
        contact = work.load(Contact, self.contact_id)
        record_opt_in(work, contact.opt_in(self.by, "staff", self.phone))
        return contact.is_blocked_by_provider


@dataclass(frozen=True)
class ReceiveText(Command[None]):
    """Record a text from a number; STOP opts it out, START opts it in. A SID is recorded once."""

    contact_id: str
    phone: str
    sid: str
    dedupe: str
    parameters: Parameters
    keyword: OptOutKeyword | None

    @classmethod
    def from_form(cls, identity: Identity, parameters: Parameters) -> "ReceiveText":
        """The command for a form with at least `From` and `MessageSid`."""
        form = filled(parameters)
        phone = from_provider(form["From"])
        return cls(
            contact_id=identity.contact_id(phone),
            phone=phone,
            sid=form["MessageSid"],
            dedupe=identity.dedupe("inbound", form["MessageSid"]),
            parameters=parameters,
            keyword=_keyword(form.get("OptOutType", ""), form.get("Body", "")),
        )

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    @property
    def dedupes(self) -> Collection[str]:
        return [self.dedupe]

    def decide(self, work: UnitOfWork) -> None:
        form = Form(parameters=self.parameters)
        contact = work.load(Contact, self.contact_id)
        work.append(
            InboundReceived(
                **contact.header(TWILIO), sid=self.sid, dedupe=self.dedupe, private=form
            )
        )
        contact = work.load(Contact, self.contact_id)
        if self.keyword is OptOutKeyword.STOP and contact.is_new_opt_out("inbound"):
            record_opt_out(work, contact.opt_out(TWILIO, "inbound", self.phone))
        elif self.keyword is OptOutKeyword.START and contact.is_opted_out:
            record_opt_in(work, contact.opt_in(TWILIO, "inbound", self.phone))


def _keyword(opt_out_type: str, body: str) -> OptOutKeyword | None:
    """Twilio's own reading of the text if it has one, else that of its words."""
    named = opt_out_type.strip().upper()
    return OptOutKeyword(named) if named in set(OptOutKeyword) else keyword_of(body)
