"""Launching a campaign: enrol every contact in short commits, then record the launch.

Each step does nothing where it was done before. So a launch that was cut off is completed by the
same launch, and a step whose answer was lost is simply executed again.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from ledger.commands.consent import record_written_consent
from ledger.commands.recent_launches import (
    LaunchContents,
    check_not_launched_recently,
    refuse_launched_recently,
)
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
from ledger.errors import BadInput, CommitUnconfirmed, StoreUnavailable
from ledger.identity import Identity
from ledger.ledger import Ledger
from ledger.messages.contact_rows import ContactFileRow, FirstLines, Rows, in_batches
from ledger.messages.sending_hours import check_hours, too_late_count
from ledger.messages.template import Template
from ledger.reader import LedgerReader
from ledger.store.search import Search
from ledger.unit_of_work import Command, UnitOfWork

_PART = 150
"""Enrolments in one commit, so that callbacks never wait long for a launch."""

_ABANDONED_AFTER = timedelta(hours=1)
_LONGEST_NAME = 200
_WAITS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""The waits before a step whose answer was lost is executed again."""

_NOT_LAUNCHED = (
    "The database was lost during the launch. The campaign was not launched, and nobody is texted. "
    "Launch it again once the database can be written."
)
_NOT_KNOWN = (
    "The database's answer was lost at the end of the launch, so it is not known whether the "
    "campaign was launched. Look at the list of campaigns before you launch it again."
)


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
    is_urgent: bool = False
    """Whether it texts before other campaigns, and at any hour."""
    leaves_out_landlines: bool = False
    """Whether contacts are withdrawn whose number was looked up lately and is a landline."""
    draft_id: str | None = None
    """The draft that is launched; the launch closes it."""

    @property
    def text(self) -> CampaignText:
        """The name and message as the campaign's events store them."""
        return CampaignText(name=self.name.strip(), message=self.message)

    def digest(self, identity: Identity) -> str:
        """A digest that is equal for the same name, message, numbers and texts.

        Spaces and line ends do not count: a browser sends other line ends than a shell.
        """
        template = Template.parse(self.message)
        texts = ((row.phone, _spaced_once(template.merge(row.fields))) for row in self.rows)
        return identity.order_digest(_spaced_once(self.name), _spaced_once(self.message), texts)

    def check(self) -> None:
        """Raise `BadInput` for what cannot be launched; the rows were checked when read."""
        check_name(self.name)
        if not self.rows:
            raise BadInput("There is no contact to text.")
        self._check_numbers()
        Template.parse(self.message)
        self.policy.check()

    @property
    def schedule(self) -> Schedule:
        """When it may text; `timing` has the hours of an urgent campaign too."""
        return self.timing.applied(is_urgent=self.is_urgent)

    def check_times(self, now: datetime) -> None:
        """Raise `BadInput` where nobody could be texted from `now` on, or a time is a slip."""
        self.timing.check(now, self.zone)
        check_hours(self.rows, self.schedule, self.zone, now)

    def too_late_count(self, now: datetime) -> int:
        """Return for how many contacts the hours come only when it is too late, if not for all."""
        return too_late_count(self.rows, self.schedule, self.zone, now)

    def _check_numbers(self) -> None:
        with FirstLines() as first_lines:
            for row in self.rows:
                if first_lines.of(row.phone) is not None:
                    raise BadInput("A number is listed twice; each contact is texted once.")
                first_lines.add(row.phone, row.line)


def _spaced_once(words: str) -> str:
    return " ".join(words.split())


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
    again: bool = False,
    progress: Callable[[int], None] | None = None,
) -> str:
    """Launch the campaign and return its id; `progress` gets the number enrolled so far.

    The same `launch_name` launches once: a repeat completes what was cut off, or does nothing.
    Until the last event is recorded, the campaign is not listed, sent or counted.

    Raises `BadInput`; `Refused` where another order was launched under this name;
    `LaunchedRecently`, unless `again`, where the same was launched within the last hour; and
    `CommitUnconfirmed` where it is not known whether the campaign was launched.
    """
    order.check()
    run = _LaunchRun(
        ledger=ledger,
        order=order,
        by=by,
        campaign_id=ledger.identity.campaign_id(launch_name or ledger.identity.new_launch()),
        order_digest=order.digest(ledger.identity),
        progress=progress or (lambda _count: None),
    )
    if not run.was_launched():
        run.launch(again=again)
    return run.campaign_id


@dataclass(frozen=True, kw_only=True)
class _LaunchRun:
    """One run of a launch; an earlier run may have made some of its steps, or all."""

    ledger: Ledger
    order: LaunchOrder
    by: str
    campaign_id: str
    order_digest: str
    progress: Callable[[int], None]

    def was_launched(self) -> bool:
        """Whether an earlier run came to the end. Raises `Refused` if that was another order."""
        campaign = self._campaign()
        if campaign.exists:
            campaign.check_repeat(self.order_digest)
        return campaign.state is not None

    def launch(self, *, again: bool) -> None:
        """Make the steps that are missing."""
        self.order.check_times(self.ledger.clock.now())
        if self.order.draft_id:
            self.ledger.reader.load(Draft, self.order.draft_id).check_open()
        try:
            self._begin(again=again)
            finish = FinishLaunch(self.campaign_id, self.order, self._enrol(), self.by)
        except StoreUnavailable as error:
            raise StoreUnavailable(_NOT_LAUNCHED) from error
        try:
            self._execute(finish)
        except CommitUnconfirmed as error:
            raise CommitUnconfirmed(_NOT_KNOWN) from error
        except StoreUnavailable as error:
            raise StoreUnavailable(_NOT_LAUNCHED) from error

    def _begin(self, *, again: bool) -> None:
        searched_until = None
        if not again and not self._campaign().exists:
            contents = LaunchContents(self.order_digest, self.order.message, self.order.rows)
            searched_until = check_not_launched_recently(self.ledger, contents)
        self._execute(
            CreateCampaign(
                self.campaign_id,
                self.order.text,
                self.by,
                order_digest=self.order_digest,
                searched_until=searched_until,
            )
        )

    def _enrol(self) -> int:
        """Enrol every contact of the order and return their number."""
        count = 0
        for rows in in_batches(self.order.rows, _PART):
            self._execute(
                EnrolContacts(
                    identity=self.ledger.identity,
                    campaign_id=self.campaign_id,
                    rows=rows,
                    offset=count,
                    zone=self.order.zone,
                    by=self.by,
                    requires_consent=self.order.requires_consent,
                    leaves_out_landlines=self.order.leaves_out_landlines,
                )
            )
            count += len(rows)
            self.progress(count)
        return count

    def _execute(self, step: Command[None]) -> None:
        """Execute a step; where the answer to its commit was lost, execute it again after a while.

        A step that was written does nothing the second time, so that shows that it was.
        """
        try:
            self.ledger.execute(step).result()
        except CommitUnconfirmed:
            for seconds in _WAITS_SECONDS:
                time.sleep(seconds)
                with suppress(StoreUnavailable):
                    self.ledger.execute(step).result()
                    return
            raise

    def _campaign(self) -> Campaign:
        return self.ledger.reader.load(Campaign, self.campaign_id)


@dataclass(frozen=True)
class CreateCampaign(Command[None]):
    """Begin a launch, unless the same launch was begun before.

    Refused where another order was launched under this id. `searched_until` is the seq up to which
    no launch of the same order was found; a later one is refused. None allows any.
    """

    campaign_id: str
    text: CampaignText
    by: str
    order_digest: str | None = None
    searched_until: int | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id]

    def decide(self, work: UnitOfWork) -> None:
        campaign = work.load(Campaign, self.campaign_id)
        if campaign.exists:
            campaign.check_repeat(self.order_digest)
            return
        if self.searched_until is not None and self.order_digest:
            refuse_launched_recently(work, self.order_digest, self.searched_until)
        work.append(campaign.create(self.by, self.text, order_digest=self.order_digest))


@dataclass(frozen=True, kw_only=True)
class EnrolContacts(Command[None]):
    """Enrol rows of the contact file with their consent; withdraw contacts that may not be texted.

    Contacts that are enrolled already are left as they are. `offset` is the number of rows before
    these.
    """

    identity: Identity
    campaign_id: str
    rows: Sequence[ContactFileRow]
    offset: int
    zone: str
    """The time zone of contacts without their own."""
    by: str
    requires_consent: bool = False
    leaves_out_landlines: bool = False

    @property
    def streams(self) -> Collection[str]:
        events = self.prepared_events
        return [*(e.contact_id for e in events), *(e.delivery_id for e in events)]

    @cached_property
    def prepared_events(self) -> Sequence[ContactEnrolled]:
        """One enrolment for each row; none depends on what is in the ledger."""
        return [
            self._enrolled(row, position) for position, row in enumerate(self.rows, self.offset + 1)
        ]

    def decide(self, work: UnitOfWork) -> None:
        events = self.prepared_events
        contacts = work.load_all(Contact, [event.contact_id for event in events])
        deliveries = work.load_all(Delivery, [event.delivery_id for event in events])
        for event, row in zip(events, self.rows, strict=True):
            if deliveries[event.delivery_id].exists:
                continue
            contact = contacts[event.contact_id]
            work.append(event)
            if row.consent:
                record_written_consent(work, contact, row.consent, row.phone, self.by)
                contact = work.load(Contact, event.contact_id)
            if reason := self._why_not_to_text(contact, work.now):
                delivery = Delivery.from_events(event.delivery_id, [event])
                work.append(delivery.withdraw(self.by, reason))

    def _why_not_to_text(self, contact: Contact, now: datetime) -> Reason | None:
        if contact.is_opted_out:
            return Reason.OPTED_OUT
        if self.requires_consent and lacks_consent(contact, is_reply=False):
            return Reason.NO_CONSENT
        if self.leaves_out_landlines and contact.is_landline(now):
            return Reason.LANDLINE
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
    """Launch a campaign whose contacts are all enrolled, and close its draft; but only once."""

    campaign_id: str
    order: LaunchOrder
    count: int
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.campaign_id, *([self.order.draft_id] if self.order.draft_id else [])]

    def decide(self, work: UnitOfWork) -> None:
        order, campaign = self.order, work.load(Campaign, self.campaign_id)
        if campaign.state is not None:
            return
        launched = campaign.launch(
            self.by,
            self.count,
            policy=order.policy,
            timing=order.timing,
            text=order.text,
            is_urgent=order.is_urgent,
        )
        work.append(launched)
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
