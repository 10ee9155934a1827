"""Launching a campaign: enrol every contact in short commits, then record the launch."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from ledger.commands.consent import record_written_consent
from ledger.commands.repository import draft_of
from ledger.domain.actors import SENDER
from ledger.domain.campaign import Campaign
from ledger.domain.consent import lacks_consent
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.draft import Draft
from ledger.domain.events import (
    CampaignClosed,
    CampaignCreated,
    CampaignLaunched,
    CampaignText,
    ContactEnrolled,
    Person,
)
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.standing import Stage, rank
from ledger.domain.vocabulary import Reason
from ledger.errors import BadInput
from ledger.identity import Identity
from ledger.ledger import Ledger
from ledger.messages.contact_rows import ContactFileRow, FirstLines, Rows, in_batches
from ledger.messages.template import Template
from ledger.reader import LedgerReader
from ledger.store.search import Search
from ledger.unit_of_work import Command, UnitOfWork

_PART = 150
"""Enrolments in one commit, so that callbacks never wait long for a launch."""

_ABANDONED_AFTER = timedelta(hours=1)
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class LaunchOrder:
    """A campaign to be launched: its text, contacts and settings."""

    name: str
    message: str
    rows: Rows
    policy: ResendPolicy = field(default_factory=ResendPolicy)
    timing: Schedule = field(default_factory=Schedule)
    zone: str = ""
    """The time zone of contacts without their own; blank is UTC."""
    requires_consent: bool = False
    """Whether contacts without consent are withdrawn."""
    draft_id: str | None = None
    """The draft that is launched; the launch closes it."""

    @property
    def text(self) -> CampaignText:
        """The name and message as the campaign's events store them."""
        return CampaignText(name=self.name.strip(), message=self.message)

    def check(self) -> None:
        """Raise `BadInput` for what cannot be launched; the rows were checked when read."""
        check_name(self.name)
        if not self.rows:
            raise BadInput("There is no contact to text.")
        self._check_numbers()
        Template.parse(self.message)
        self.policy.check()

    def _check_numbers(self) -> None:
        with FirstLines() as first_lines:
            for row in self.rows:
                if first_lines.of(row.phone) is not None:
                    raise BadInput("A number is listed twice; each contact is texted once.")
                first_lines.add(row.phone, row.line)


def check_name(name: str) -> None:
    """Raise `BadInput` for a campaign's name that is blank or too long."""
    if not name.strip():
        raise BadInput("The campaign has no name; give it one that staff will recognise.")
    if len(name) > _LONGEST_NAME:
        raise BadInput(f"The campaign's name is longer than {_LONGEST_NAME} characters.")


def launch(
    ledger: Ledger,
    order: LaunchOrder,
    by: str,
    *,
    launch_name: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> str:
    """Launch the campaign and return its id; `progress` gets the number enrolled so far.

    Raises `BadInput`, and `Refused` if a launch with this `launch_name` was begun before. Until
    the last event is recorded, the campaign is not listed, sent or counted.
    """
    order.check()
    order.timing.check(ledger.clock.now())
    if order.draft_id:
        ledger.reader.load(Draft, order.draft_id).check_open()
    campaign_id = ledger.identity.campaign_id(launch_name or ledger.identity.new_launch())
    ledger.execute(CreateCampaign(campaign_id, order.text, by)).result()
    count = 0
    for rows in in_batches(order.rows, _PART):
        ledger.execute(
            EnrolContacts(
                identity=ledger.identity,
                campaign_id=campaign_id,
                rows=rows,
                offset=count,
                zone=order.zone,
                by=by,
                requires_consent=order.requires_consent,
            )
        ).result()
        count += len(rows)
        if progress:
            progress(count)
    ledger.execute(FinishLaunch(campaign_id, order, count, by)).result()
    return campaign_id


@dataclass(frozen=True)
class CreateCampaign(Command[None]):
    """Begin a launch. Refused if the same launch was begun before."""

    campaign_id: str
    text: CampaignText
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        work.append(work.load(Campaign, self.campaign_id).create(self.by, self.text))


@dataclass(frozen=True, kw_only=True)
class EnrolContacts(Command[None]):
    """Enrol rows of the contact file with their consent; withdraw contacts that may not be texted.

    `offset` is the number of rows before these.
    """

    identity: Identity
    campaign_id: str
    rows: Sequence[ContactFileRow]
    offset: int
    zone: str
    """The time zone of contacts without their own."""
    by: str
    requires_consent: bool = False

    @property
    def streams(self) -> Collection[str]:
        return [event.contact_id for event in self.prepared_events]

    @cached_property
    def prepared_events(self) -> Sequence[ContactEnrolled]:
        """One enrolment for each row; none depends on what is in the ledger."""
        return [
            self._enrolled(row, position) for position, row in enumerate(self.rows, self.offset + 1)
        ]

    def decide(self, work: UnitOfWork) -> None:
        contacts = work.load_all(Contact, self.streams)
        for event, row in zip(self.prepared_events, self.rows, strict=True):
            contact = contacts[event.contact_id]
            work.append(event)
            if row.consent:
                record_written_consent(work, contact, row.consent, row.phone, self.by)
                contact = work.load(Contact, event.contact_id)
            if reason := self._why_not_to_text(contact):
                delivery = Delivery.from_events(event.delivery_id, [event])
                work.append(delivery.withdraw(self.by, reason))

    def _why_not_to_text(self, contact: Contact) -> Reason | None:
        if contact.is_opted_out:
            return Reason.OPTED_OUT
        if self.requires_consent and lacks_consent(contact, is_reply=False):
            return Reason.NO_CONSENT
        return None

    def _enrolled(self, row: ContactFileRow, position: int) -> ContactEnrolled:
        contact_id = self.identity.contact_id(row.phone)
        return ContactEnrolled(
            originator_id=self.identity.delivery_id(self.campaign_id, contact_id),
            originator_version=1,
            actor=self.by,
            campaign_id=self.campaign_id,
            contact_id=contact_id,
            turn=1,
            rank=rank(1, Stage.ENROLLED),
            position=position,
            private=Person(phone=row.phone, name=row.name, fields=dict(row.fields)),
            zone=row.zone or self.zone,
        )


@dataclass(frozen=True)
class FinishLaunch(Command[None]):
    """Launch a campaign whose contacts are all enrolled, and close its draft."""

    campaign_id: str
    order: LaunchOrder
    count: int
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id, *([self.order.draft_id] if self.order.draft_id else [])]

    def decide(self, work: UnitOfWork) -> None:
        order, campaign = self.order, work.load(Campaign, self.campaign_id)
        work.append(campaign.launch(self.by, self.count, order.policy, order.timing, order.text))
        if order.draft_id:
            work.append(draft_of(work, order.draft_id).close(self.by, self.campaign_id))


@dataclass(frozen=True)
class SweepLaunch(Command[None]):
    """Close a launch that was never finished. Refused for any other campaign."""

    campaign_id: str

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        work.append(work.load(Campaign, self.campaign_id).sweep(SENDER))


def sweep_abandoned(ledger: Ledger) -> int:
    """Close unfinished launches without an event for an hour, and return their number."""
    created = _campaigns_with(ledger.reader, CampaignCreated.topic)
    ended = _campaigns_with(ledger.reader, CampaignLaunched.topic, CampaignClosed.topic)
    return sum(_sweep(ledger, campaign_id) for campaign_id in created - ended)


def _campaigns_with(reader: LedgerReader, *topics: str) -> set[str]:
    events = reader.search(Search(topics=topics))
    return {event.campaign_id for event in events if event.campaign_id}


def _sweep(ledger: Ledger, campaign_id: str) -> int:
    (last,) = ledger.reader.search(Search(campaign_id=campaign_id, newest_first=True), limit=1)
    if ledger.clock.now() - last.recorded_at < _ABANDONED_AFTER:
        return 0
    ledger.execute(SweepLaunch(campaign_id)).result()
    return 1
