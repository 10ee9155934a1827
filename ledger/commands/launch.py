"""Launching a campaign: every contact enrolled in short commits, and `CampaignLaunched` last."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from ledger.commands.repository import contacts_of
from ledger.domain.campaign import Campaign
from ledger.domain.delivery import Delivery
from ledger.domain.draft import Draft
from ledger.domain.events import (
    CampaignClosed,
    CampaignCreated,
    CampaignLaunched,
    CampaignText,
    ContactEnrolled,
    Event,
    Person,
)
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Timing
from ledger.domain.standing import Stage, rank
from ledger.domain.vocabulary import Reason
from ledger.errors import BadInput
from ledger.ledger import Decision, Ledger
from ledger.messages.contact_rows import FirstLines, IntakeRow, Rows, in_parts
from ledger.messages.template import Template
from ledger.store.search import Search

_PART = 200
"""Enrolments in one commit: well under 100 ms, so that callbacks never wait behind a launch."""

_ABANDONED_AFTER = timedelta(hours=1)
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class LaunchOrder:
    """What staff want sent to whom."""

    name: str
    message: str
    rows: Rows
    policy: ResendPolicy = field(default_factory=ResendPolicy)
    timing: Timing = field(default_factory=Timing)
    zone: str = ""
    """The time zone of the contacts whose own is not known; blank is UTC."""
    draft_id: str | None = None
    """The draft that is launched, and is none any more then."""

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
    """Launch the campaign and give its id; `progress` hears how many are enrolled so far.

    Raises `BadInput`, and `Refused` where a launch of this `launch_name` was begun before. Until
    the last event is in, the campaign is not listed, sent or counted.
    """
    order.check()
    order.timing.check(ledger.clock.now())
    if order.draft_id:
        _draft(ledger, order.draft_id).check_open()
    campaign_id = ledger.identity.campaign_id(launch_name or ledger.identity.new_launch())
    text = CampaignText(name=order.name.strip(), message=order.message)
    ledger.record(lambda: Decision([_campaign(ledger, campaign_id).create(by, text)]))
    enrolment = _Enrolment(ledger, campaign_id, by, order.zone)
    count = 0
    for part in in_parts(order.rows, _PART):
        ledger.record(partial(enrolment.of, part, count))
        count += len(part)
        if progress:
            progress(count)
    ledger.record(lambda: _end(ledger, campaign_id, order, count, by))
    return campaign_id


def _end(ledger: Ledger, campaign_id: str, order: LaunchOrder, count: int, by: str) -> Decision:
    launched = _campaign(ledger, campaign_id).launch(by, count, order.policy, order.timing)
    if order.draft_id is None:
        return Decision([launched])
    return Decision([launched, _draft(ledger, order.draft_id).close(by, campaign_id)])


def _draft(ledger: Ledger, draft_id: str) -> Draft:
    return Draft.from_events(draft_id, ledger.events_of([draft_id])[draft_id])


def sweep_abandoned(ledger: Ledger) -> int:
    """Give up launches that were begun and then heard nothing more of for an hour; how many."""
    created = _campaigns_with(ledger, CampaignCreated.topic)
    ended = _campaigns_with(ledger, CampaignLaunched.topic, CampaignClosed.topic)
    return sum(_sweep(ledger, campaign_id) for campaign_id in created - ended)


def _campaigns_with(ledger: Ledger, *topics: str) -> set[str]:
    found = ledger.search(Search(topics=topics))
    return {entry.campaign_id for entry in found if entry.campaign_id}


def _sweep(ledger: Ledger, campaign_id: str) -> int:
    (last,) = ledger.search(Search(campaign_id=campaign_id, newest_first=True), limit=1)
    if ledger.clock.now() - last.recorded_at < _ABANDONED_AFTER:
        return 0
    ledger.record(lambda: Decision([_campaign(ledger, campaign_id).sweep("sender")]))
    return 1


def _campaign(ledger: Ledger, campaign_id: str) -> Campaign:
    entries = ledger.stream(campaign_id)
    return Campaign.from_events(campaign_id, (entry.event for entry in entries))


@dataclass(frozen=True)
class _Enrolment:
    """Puts contacts into one campaign."""

    ledger: Ledger
    campaign_id: str
    by: str
    zone: str
    """Of those contacts that bring none."""

    def of(self, rows: Sequence[IntakeRow], offset: int) -> Decision:
        """Enrol the rows behind the first `offset`; who opted out is withdrawn at once."""
        contact_ids = [self.ledger.identity.contact_id(row.phone) for row in rows]
        contacts = contacts_of(self.ledger, contact_ids)
        events: list[Event] = []
        for position, (row, contact_id) in enumerate(
            zip(rows, contact_ids, strict=True), start=offset + 1
        ):
            enrolled = self._event(row, contact_id, position)
            events.append(enrolled)
            if contacts[contact_id].is_opted_out:
                delivery = Delivery.from_events([enrolled])
                events += [delivery.withdraw(self.by, Reason.OPTED_OUT)] if delivery else []
        return Decision(events, {c.contact_id: c.version for c in contacts.values()})

    def _event(self, row: IntakeRow, contact_id: str, position: int) -> ContactEnrolled:
        return ContactEnrolled(
            originator_id=self.ledger.identity.delivery_id(self.campaign_id, contact_id),
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
