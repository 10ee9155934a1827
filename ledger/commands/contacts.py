"""Commands on a number, in all campaigns: opt-out and opt-in, by staff or by text (R16)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from ledger.commands.consequences import record_opt_in, record_opt_out
from ledger.commands.opt_out_confirmation import enrol_confirmation
from ledger.commands.stated_reasons import checked_reason
from ledger.domain.actors import TWILIO
from ledger.domain.contact import Contact
from ledger.domain.events import Form, Parameters, filled
from ledger.domain.provider_numbers import is_e164
from ledger.domain.vocabulary import OptOutMeans, OptOutSource, Wording
from ledger.errors import BadInput, Refused
from ledger.identity import Identity
from ledger.messages.inbound_reading import InboundReading, read_inbound
from ledger.messages.phone_numbers import from_provider
from ledger.unit_of_work import Command, UnitOfWork

TWILIO_STILL_BLOCKS = "Twilio still blocks this number until the person texts START to you."
"""The sentence for staff after `OptIn` returned True."""


@dataclass(frozen=True)
class OptOut(Command[int]):
    """Opt a contact out for staff; returns the number of withdrawn deliveries.

    `phone` is the E.164 number; it is stored for a contact without deliveries. `means` and
    `received_at` say how and when the person asked, where staff said so. Refused if the contact is
    opted out already, except by texts only. Raises `BadInput` for a time in the future. With a
    `request` it is done once; a repeat returns 0. `reason` is why staff do it, in their own words;
    it is sealed, and too long a one raises `BadInput`.
    """

    contact_id: str
    by: str
    phone: str | None = None
    means: OptOutMeans | None = None
    received_at: datetime | None = None
    request: str | None = field(default=None, kw_only=True)
    reason: str | None = field(default=None, kw_only=True)

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> int:
        reason = checked_reason(self.reason)
        if self.received_at and self.received_at > work.now:
            raise BadInput("The request cannot have come in the future; correct its time.")
        contact = work.load(Contact, self.contact_id)
        if self.request in contact.requests:
            return 0
        event = contact.opt_out(
            self.by,
            OptOutSource.STAFF,
            self.phone,
            means=self.means,
            received_at=self.received_at,
            request=self.request,
            reason=reason,
        )
        return record_opt_out(work, event)


@dataclass(frozen=True)
class OptIn(Command[bool]):
    """Opt a contact in for staff; returns whether Twilio had blocked the number.

    Then Twilio still blocks the number until the person texts START. Refused if the contact is not
    opted out. With a `request` it is done once. `reason` as in `OptOut`.
    """

    contact_id: str
    by: str
    phone: str | None = None
    request: str | None = field(default=None, kw_only=True)
    reason: str | None = field(default=None, kw_only=True)

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> bool:
        contact = work.load(Contact, self.contact_id)
        reason = checked_reason(self.reason)
        if self.request not in contact.requests:
            opted_in = contact.opt_in(
                self.by, OptOutSource.STAFF, self.phone, request=self.request, reason=reason
            )
            record_opt_in(work, opted_in)
        return contact.is_blocked_by_provider


@dataclass(frozen=True)
class DismissPossibleOptOut(Command[int]):
    """Record for staff that texts of a contact ask for no opt-out; returns their number.

    Without `sid` these are all its texts that wait for a decision. Refused if there is none. With a
    `request` it is done once; a repeat returns 0.
    """

    contact_id: str
    by: str
    sid: str | None = None
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> int:
        contact = work.load(Contact, self.contact_id)
        if self.request in contact.requests:
            return 0
        waiting = contact.possible_opt_outs
        if not waiting:
            raise Refused("No text of this contact waits for a decision.")
        sids = waiting if self.sid is None else (self.sid,)
        for sid in sids:
            work.append(work.load(Contact, self.contact_id).dismiss(self.by, sid, self.request))
        return len(sids)


@dataclass(frozen=True, kw_only=True)
class ReceiveText(Command[None]):
    """Record a text from a number, with what it asks for, and do that. A SID is recorded once.

    An opt-out opts the number out, an opt-in lifts an opt-out that it can lift. A possible opt-out
    waits for a decision of staff.
    """

    contact_id: str
    phone: str
    sid: str
    dedupe: str
    parameters: Parameters
    reading: InboundReading
    confirmation: str | None
    """What is sent to a person who opts out in their own words; None: nothing."""

    @classmethod
    def from_form(
        cls, identity: Identity, parameters: Parameters, confirmation: str | None = None
    ) -> "ReceiveText":
        """The command for a form with at least `From` and `MessageSid`."""
        form = filled(parameters)
        phone = from_provider(form["From"])
        is_sms = is_e164(phone) and ":" not in form["From"]  # else by another channel
        return cls(
            contact_id=identity.contact_id(phone),
            phone=phone,
            sid=form["MessageSid"],
            dedupe=identity.dedupe("inbound", form["MessageSid"]),
            parameters=parameters,
            reading=read_inbound(form.get("Body", ""), form.get("OptOutType", "")),
            confirmation=confirmation if is_sms else None,
        )

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    @property
    def dedupes(self) -> Collection[str]:
        return [self.dedupe]

    def decide(self, work: UnitOfWork) -> None:
        wording, form = self.reading.wording, Form(parameters=self.parameters)
        contact = work.load(Contact, self.contact_id)
        work.append(
            contact.receive(TWILIO, sid=self.sid, dedupe=self.dedupe, wording=wording, form=form)
        )
        if wording is Wording.OPT_OUT:
            self._opt_out(work)
        elif wording is Wording.OPT_IN:
            self._opt_in(work)

    def _opt_out(self, work: UnitOfWork) -> None:
        source = OptOutSource.INBOUND if self.reading.is_keyword else OptOutSource.WORDS
        contact = work.load(Contact, self.contact_id)
        if not contact.is_new_opt_out(source):
            return
        record_opt_out(work, contact.opt_out(TWILIO, source, self.phone))
        if source is OptOutSource.WORDS:
            self._confirm(work, contact)

    def _confirm(self, work: UnitOfWork, contact: Contact) -> None:
        """Enrol the confirmation, unless that would store the number of a forgotten contact."""
        is_forgotten = contact.was_forgotten and not work.has_key(self.contact_id)
        if self.confirmation and not is_forgotten:
            enrol_confirmation(
                work, self.contact_id, self.phone, sid=self.sid, text=self.confirmation
            )

    def _opt_in(self, work: UnitOfWork) -> None:
        contact = work.load(Contact, self.contact_id)
        if contact.is_lifted_by_text(is_start=self.reading.is_start):
            record_opt_in(work, contact.opt_in(TWILIO, OptOutSource.INBOUND, self.phone))
