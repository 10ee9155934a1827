"""A contact: whether its number may be texted (R16), and whether it was or may be forgotten.

Standard library only.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import (
    ConsentRecorded,
    ConsentWords,
    ContactEvent,
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    ConversationAssigned,
    ConversationDone,
    Event,
    Form,
    InboundReceived,
    LegalHoldPlaced,
    LegalHoldReleased,
    LegalHoldWords,
    LineTypeLookedUp,
    NumberMarkedFixed,
    OptingWords,
    PhoneNumber,
    PossibleOptOutDismissed,
)
from ledger.domain.legal_holds import NO_LEGAL_HOLDS, LegalHolds
from ledger.domain.vocabulary import LineType, OptOutMeans, OptOutSource
from ledger.errors import Refused

_BY_TEXT = frozenset({OptOutSource.INBOUND, OptOutSource.WORDS})
"""The person opted out by a text, so that any text that asks for texts again opts in."""

_BLOCKED_BY_PROVIDER = frozenset({OptOutSource.INBOUND, OptOutSource.PROVIDER})
"""After these Twilio refuses every text to the number, until the person texts START."""

LINE_TYPE_KEPT = timedelta(days=180)
"""How long a looked-up line type counts: numbers are moved to other lines and other people."""

ALL_OFFICES = ""
"""The key of what staff decided about a conversation for all offices."""


@dataclass(frozen=True, kw_only=True)
class Contact(Aggregate):
    """One contact at one version of its stream; version 0 is a number without any event."""

    opt_out_sources: tuple[str, ...] = ()
    """Who opted the number out since it could last be texted, in order; empty if it can be."""
    possible_opt_outs: tuple[str, ...] = ()
    """SIDs of texts that may ask for an opt-out and wait for a decision of staff."""
    was_forgotten: bool = False
    """Whether it was ever forgotten; a later upload may have brought new personal data."""
    legal_holds: LegalHolds = NO_LEGAL_HOLDS
    """What keeps the contact from being forgotten."""

    has_consent: bool = False
    """Whether the person gave consent that no opt-out or forgetting has withdrawn since."""
    consent_given_at: datetime | None = None
    """When the last consent was given, withdrawn or not; None where that is not known."""
    was_opted_out: bool = False
    """Whether the number was ever opted out."""
    has_written: bool = False
    """Whether the person sent a text since they were last forgotten."""
    done_for: frozenset[str] = frozenset()
    """The offices for which staff decided that the person's texts need no reply, or `ALL_OFFICES`.

    A new text needs one again.
    """
    assignees: Mapping[str, str | None] = field(default_factory=dict)
    """Office, or `ALL_OFFICES` → the user who looks after the conversation; None: nobody."""
    line_type: LineType | None = None
    """The line type by the last look-up; None where the provider did not know it."""
    looked_up_at: datetime | None = None
    """When the line type was looked up last; None for never."""
    requests: frozenset[str] = frozenset()
    """The requests of staff that were carried out, but those of legal holds."""

    @property
    def contact_id(self) -> str:
        """The contact whose stream this is."""
        return self.stream_id

    @property
    def is_opted_out(self) -> bool:
        """Whether nothing may be sent to the number."""
        return bool(self.opt_out_sources)

    @property
    def opt_out_source(self) -> str | None:
        """The latest source of the opt-out; None for a number that may be texted."""
        return self.opt_out_sources[-1] if self.opt_out_sources else None

    @property
    def is_blocked_by_provider(self) -> bool:
        """Whether Twilio itself blocks the number, until the person texts START."""
        return not _BLOCKED_BY_PROVIDER.isdisjoint(self.opt_out_sources)

    @property
    def is_opted_out_by_text_only(self) -> bool:
        """Whether only texts of the person opted the number out."""
        return self.is_opted_out and _BY_TEXT.issuperset(self.opt_out_sources)

    def _changes(self, event: Event) -> Mapping[str, Any]:
        if not isinstance(event, ContactEvent):
            raise self.not_found("a contact")
        possible = self.possible_opt_outs
        match event:
            case ContactOptedOut(source=source, request=request):
                sources = (*self.opt_out_sources, source)
                return {
                    "opt_out_sources": sources,
                    "possible_opt_outs": (),
                    "has_consent": False,
                    "was_opted_out": True,
                    "requests": with_request(self.requests, request),
                }
            case ContactOptedIn(request=request):
                return {"opt_out_sources": (), "requests": with_request(self.requests, request)}
            case InboundReceived(sid=sid, is_possible_opt_out=is_possible):
                waits = is_possible and not self.is_opted_out
                possible = (*possible, sid) if waits else possible
                return {"possible_opt_outs": possible, "has_written": True, "done_for": frozenset()}
            case ConsentRecorded(given_at=given_at, request=request):
                return {
                    "has_consent": True,
                    "consent_given_at": given_at or self.consent_given_at,
                    "requests": with_request(self.requests, request),
                }
            case PossibleOptOutDismissed(sid=sid, request=request):
                return {
                    "possible_opt_outs": tuple(other for other in possible if other != sid),
                    "requests": with_request(self.requests, request),
                }
            case ContactForgotten(request=request):
                return {
                    "requests": with_request(self.requests, request),
                    "was_forgotten": True,
                    "possible_opt_outs": (),
                    "has_consent": False,
                    "consent_given_at": None,
                    "has_written": False,
                    "done_for": frozenset(),
                    "assignees": {},
                    "line_type": None,
                    "looked_up_at": None,
                }
            case _:
                return self._changes_without_effect_on_texts(event)

    def _changes_without_effect_on_texts(self, event: ContactEvent) -> Mapping[str, Any]:
        match event:
            case LineTypeLookedUp(line_type=line_type, looked_up_at=looked_up_at):
                return {"line_type": line_type, "looked_up_at": looked_up_at}
            case _:
                return self._changes_by_staff(event)

    def _changes_by_staff(self, event: ContactEvent) -> Mapping[str, Any]:
        match event:
            case ConversationDone(office_ids=office_ids, request=request):
                done_for = self.done_for.union(office_ids or [ALL_OFFICES])
                return {"done_for": done_for, "requests": with_request(self.requests, request)}
            case ConversationAssigned(assignee=assignee, office_ids=office_ids, request=request):
                others = self.assignees if office_ids else {}
                assignees = {**others, **dict.fromkeys(_keys(office_ids), assignee)}
                return {"assignees": assignees, "requests": with_request(self.requests, request)}
            case NumberMarkedFixed(request=request):
                return {"requests": with_request(self.requests, request)}
            case _:
                return {"legal_holds": self.legal_holds.apply(event)}

    def receive(
        self, actor: str, *, sid: str, dedupe: str, wording: str, form: Form
    ) -> InboundReceived:
        """Record a text from the number, and what it was judged to ask for."""
        return InboundReceived(
            **self.header(actor), sid=sid, dedupe=dedupe, private=form, wording=wording
        )

    def opt_out(
        self,
        actor: str,
        source: str,
        phone: str | None,
        *,
        means: OptOutMeans | None = None,
        received_at: datetime | None = None,
        is_imported: bool = False,
        request: str | None = None,
        reason: str | None = None,
    ) -> ContactOptedOut:
        """Record that nothing more is sent to the number. Raises `Refused` without a change.

        `reason` is why, in the words of staff.
        """
        if not self.is_new_opt_out(source):
            raise Refused("This number is opted out already.")
        return ContactOptedOut(
            **self.header(actor),
            source=source,
            private=_opting_words(phone, reason),
            means=means,
            received_at=received_at,
            is_imported=is_imported,
            request=request,
        )

    def is_new_opt_out(self, source: str) -> bool:
        """Whether an opt-out from this source changes anything.

        One on which Twilio acts changes that Twilio blocks the number. One by staff, after texts of
        the person only, changes that a text such as "Yes" does not lift the opt-out any more.
        """
        if not self.is_opted_out:
            return True
        if source == OptOutSource.STAFF:
            return self.is_opted_out_by_text_only
        return source in _BLOCKED_BY_PROVIDER and not self.is_blocked_by_provider

    def opt_in(
        self,
        actor: str,
        source: str,
        phone: str | None,
        *,
        request: str | None = None,
        reason: str | None = None,
    ) -> ContactOptedIn:
        """Record that the number may be texted again. Raises `Refused` without an opt-out."""
        if not self.is_opted_out:
            raise Refused("This number is not opted out.")
        return ContactOptedIn(
            **self.header(actor),
            source=source,
            private=_opting_words(phone, reason),
            request=request,
        )

    def is_lifted_by_text(self, *, is_start: bool) -> bool:
        """Whether a text that asks for texts again lifts the opt-out.

        START and UNSTOP (`is_start`) lift every opt-out. Other words, such as "Yes", may answer any
        question: they lift an opt-out that only texts of the person made.
        """
        return self.is_opted_out and (is_start or self.is_opted_out_by_text_only)

    def is_new_consent(self, given_at: datetime | None) -> bool:
        """Whether this consent changes anything: it is the first, or later than the last.

        None while the number is opted out is, as consent does not lift an opt-out. One without a
        time may be older than an opt-out, so it is new only for a number that never was opted out.
        """
        if self.is_opted_out:
            return False
        if given_at is None:
            return not self.has_consent and not self.was_opted_out
        return self.consent_given_at is None or given_at > self.consent_given_at

    def consent(
        self,
        actor: str,
        phone: str,
        source: str,
        given_at: datetime | None,
        *,
        request: str | None = None,
    ) -> ConsentRecorded:
        """Record that the person gave consent; `source` is how, in the school's own words."""
        words = ConsentWords(phone=phone, source=source)
        header = self.header(actor)
        return ConsentRecorded(**header, given_at=given_at, private=words, request=request)

    def dismiss(self, actor: str, sid: str, request: str | None = None) -> PossibleOptOutDismissed:
        """Record that a text asks for no opt-out. Raises `Refused` if it awaits no decision."""
        if sid not in self.possible_opt_outs:
            raise Refused("This text does not wait for a decision; look at the list again.")
        return PossibleOptOutDismissed(**self.header(actor), sid=sid, request=request)

    def mark_fixed(self, actor: str, request: str | None = None) -> NumberMarkedFixed:
        """Record that the number was corrected in the school's records."""
        return NumberMarkedFixed(**self.header(actor), request=request)

    def is_done_for(self, office_ids: Collection[str]) -> bool:
        """Whether the conversation needs no reply for these offices; without any, for all."""
        return ALL_OFFICES in self.done_for or self.done_for.issuperset(_keys(office_ids))

    def assignee_for(self, office_ids: Collection[str]) -> str | None:
        """Return who looks after the conversation for these offices; None: nobody, or several."""
        assignees = self._assignees_for(office_ids)
        return next(iter(assignees)) if len(assignees) == 1 else None

    def _assignees_for(self, office_ids: Collection[str]) -> set[str | None]:
        of_all = self.assignees.get(ALL_OFFICES)
        concerned = _keys(office_ids) if office_ids else {ALL_OFFICES, *self.assignees}
        return {self.assignees.get(each, of_all) for each in concerned}

    def finish_conversation(
        self, actor: str, request: str | None = None, office_ids: Collection[str] = ()
    ) -> ConversationDone | None:
        """Record that the person's texts need no reply; None where that is recorded already.

        It counts for the texts of these offices, without any for all. Raises `Refused` where the
        person never wrote.
        """
        if not self.has_written:
            raise Refused("This person has not written, so that no text waits for a reply.")
        if self.is_done_for(office_ids) or request in self.requests:
            return None
        return ConversationDone(
            **self.header(actor), request=request, office_ids=tuple(sorted(office_ids))
        )

    def assign_conversation(
        self,
        actor: str,
        assignee: str | None,
        request: str | None = None,
        office_ids: Collection[str] = (),
    ) -> ConversationAssigned | None:
        """Record who looks after the conversation, or that nobody does; None without a change.

        It counts for these offices, without any for all.
        """
        if self._assignees_for(office_ids) == {assignee} or request in self.requests:
            return None
        return ConversationAssigned(
            **self.header(actor),
            assignee=assignee,
            request=request,
            office_ids=tuple(sorted(office_ids)),
        )

    def has_recent_look_up(self, now: datetime) -> bool:
        """Whether the provider's last answer about the line type still counts."""
        return self.looked_up_at is not None and now - self.looked_up_at < LINE_TYPE_KEPT

    def is_landline(self, now: datetime) -> bool:
        """Whether a look-up that still counts says that the number is a landline."""
        return self.line_type is LineType.LANDLINE and self.has_recent_look_up(now)

    def look_up(
        self, actor: str, phone: str, line_type: LineType | None, at: datetime
    ) -> LineTypeLookedUp:
        """Record the provider's answer about the line type; None: it does not know it."""
        return LineTypeLookedUp(
            **self.header(actor),
            line_type=line_type,
            looked_up_at=at,
            private=PhoneNumber(phone=phone),
        )

    def place_legal_hold(
        self,
        actor: str,
        number: int,
        words: LegalHoldWords,
        *,
        request: str | None = None,
    ) -> LegalHoldPlaced:
        """Record that the contact may not be forgotten for now, and why."""
        return LegalHoldPlaced(**self.header(actor), number=number, private=words, request=request)

    def release_legal_hold(
        self, actor: str, number: int, *, request: str | None = None
    ) -> LegalHoldReleased:
        """Record that a legal hold, which is in force, has ended."""
        return LegalHoldReleased(**self.header(actor), number=number, request=request)

    def forget(self, actor: str, request: str | None = None) -> ContactForgotten:
        """Record that the contact's personal data is destroyed; an opt-out stays.

        Raises `Refused` while a legal hold is in force.
        """
        self.legal_holds.check_forgettable()
        return ContactForgotten(**self.header(actor), request=request)

    def forget_by_rule(self, actor: str, rule: int, days: int) -> ContactForgotten:
        """Do the same because of a retention rule, which the event names."""
        return replace(self.forget(actor), retention_rule=rule, retention_days=days)


def _opting_words(phone: str | None, reason: str | None) -> OptingWords | None:
    return OptingWords(phone=phone or "", reason=reason) if phone or reason else None


def _keys(office_ids: Collection[str]) -> Collection[str]:
    return office_ids or [ALL_OFFICES]
